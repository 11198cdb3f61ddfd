/**
 * The usage record: a C struct whose fields lie at multiples of their own size. Which fields it has
 * is the dialect's.
 *
 * Source: struct ProcFamilyUsage of proc_family_usage.h.
 */

/** What a family uses, its subfamilies included. */
export interface ProcdUsage {
  /** CPU seconds in user mode, those of members that ended included. */
  readonly userCpu: number;
  /** CPU seconds in the kernel, likewise. */
  readonly systemCpu: number;
  /** 100: one processor. */
  readonly percentCpu: number;
  /** KiB, the greatest at any snapshot. */
  readonly maxImageSize: number;
  /** KiB, at the last snapshot. */
  readonly imageSize: number;
  /** KiB, at the last snapshot; absent before 7.5.4. */
  readonly resident?: number | undefined;
  /** KiB; undefined: not measured. */
  readonly proportional?: number | undefined;
  /** Members, zombies included. */
  readonly processes: number;
  /** These are undefined where nothing measures them. */
  readonly blockReads?: number | undefined;
  readonly blockWrites?: number | undefined;
  readonly blockReadBytes?: number | undefined;
  readonly blockWriteBytes?: number | undefined;
  readonly instructions?: number | undefined;
  /** Seconds. */
  readonly ioWait?: number | undefined;
}

/** A field of the record. `hasProportional` tells whether `proportional` was measured. */
export type UsageField = keyof ProcdUsage | 'hasProportional';

type FieldType = 'i64' | 'u64' | 'f64' | 'i32' | 'u8';

const SIZES: Readonly<Record<FieldType, number>> = { i64: 8, u64: 8, f64: 8, i32: 4, u8: 1 };

const TYPES: Readonly<Record<UsageField, FieldType>> = {
  userCpu: 'i64',
  systemCpu: 'i64',
  percentCpu: 'f64',
  maxImageSize: 'u64',
  imageSize: 'u64',
  resident: 'u64',
  proportional: 'u64',
  hasProportional: 'u8',
  processes: 'i32',
  blockReads: 'i64',
  blockWrites: 'i64',
  blockReadBytes: 'i64',
  blockWriteBytes: 'i64',
  instructions: 'i64',
  ioWait: 'f64',
};

/** Fields that are -1 where nothing measures them. */
const OPTIONAL: readonly UsageField[] = [
  'blockReads',
  'blockWrites',
  'blockReadBytes',
  'blockWriteBytes',
  'instructions',
  'ioWait',
];

/** The whole record is a multiple of its widest field. */
const ALIGNMENT = 8;

/** A field's place in the record. */
export interface PlacedField {
  readonly field: UsageField;
  readonly type: FieldType;
  readonly offset: number;
}

/** Where the fields of a record lie, as C's rules have it. */
export function placeFields(fields: readonly UsageField[]): {
  readonly size: number;
  readonly places: readonly PlacedField[];
} {
  let end = 0;
  const places = fields.map((field) => {
    const type = TYPES[field];
    const offset = roundUp(end, SIZES[type]);
    end = offset + SIZES[type];
    return { field, type, offset };
  });
  return { size: roundUp(end, ALIGNMENT), places };
}

/** The record of a usage. Times lose their fraction: the wire has whole seconds. */
export function encodeUsage(fields: readonly UsageField[], usage: ProcdUsage): Buffer {
  const { places, size } = placeFields(fields);
  const bytes = Buffer.alloc(size);
  for (const { field, offset, type } of places) {
    const value =
      field === 'hasProportional'
        ? Number(usage.proportional !== undefined)
        : (usage[field] ?? (OPTIONAL.includes(field) ? -1 : 0));
    writeField(bytes, offset, type, value);
  }
  return bytes;
}

/**
 * Reads a record.
 *
 * @param bytes of just the record's size
 */
export function decodeUsage(fields: readonly UsageField[], bytes: Buffer): ProcdUsage {
  const values = new Map<UsageField, number>();
  for (const { field, offset, type } of placeFields(fields).places) {
    const value = readField(bytes, offset, type);
    if (value !== -1 || !OPTIONAL.includes(field)) values.set(field, value);
  }
  if (values.get('hasProportional') === 0) values.delete('proportional');
  values.delete('hasProportional');
  return Object.fromEntries(values) as unknown as ProcdUsage;
}

function roundUp(offset: number, multiple: number): number {
  return Math.ceil(offset / multiple) * multiple;
}

function writeField(bytes: Buffer, offset: number, type: FieldType, value: number): void {
  switch (type) {
    case 'f64':
      bytes.writeDoubleLE(value, offset);
      return;
    case 'i64':
      bytes.writeBigInt64LE(BigInt.asIntN(64, whole(value)), offset);
      return;
    case 'u64':
      bytes.writeBigUInt64LE(BigInt.asUintN(64, whole(value)), offset);
      return;
    case 'i32':
      bytes.writeInt32LE(Math.trunc(value), offset);
      return;
    case 'u8':
      bytes.writeUInt8(value, offset);
  }
}

/** No usage is a reason to fail: what is not a number counts as 0. */
function whole(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

function readField(bytes: Buffer, offset: number, type: FieldType): number {
  switch (type) {
    case 'f64':
      return bytes.readDoubleLE(offset);
    case 'i64':
      return Number(bytes.readBigInt64LE(offset));
    case 'u64':
      return Number(bytes.readBigUInt64LE(offset));
    case 'i32':
      return bytes.readInt32LE(offset);
    case 'u8':
      return bytes.readUInt8(offset);
  }
}
