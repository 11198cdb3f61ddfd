/**
 * C structs as ref-napi types, so that ffi-napi can be told what its pointers point to. ref-napi
 * itself knows only single values; its documentation of "type" says what a type of one's own has.
 */
import type * as Ref from 'ref-napi';
import type { FieldType, StructFields, StructValues } from './structs';

/** A ref-napi type whose values are objects with the struct's fields. */
export type StructType<Fields extends StructFields> = Ref.Type<StructValues<Fields>>;

interface Place {
  readonly offset: number;
  readonly type: Ref.Type;
  /** Undefined: no array. */
  readonly length: number | undefined;
  readonly isText: boolean;
}

/**
 * Declares a struct with the C compiler's layout: each field aligned to its own type, the whole to
 * its largest.
 */
export function structType<Fields extends StructFields>(
  ref: typeof Ref,
  name: string,
  fields: Fields,
): StructType<Fields> {
  const places = new Map<string, Place>();
  let end = 0;
  let alignment = 1;
  for (const [field, declared] of Object.entries(fields)) {
    const place = placeOf(ref, declared, end);
    places.set(field, place);
    end = place.offset + place.type.size * (place.length ?? 1);
    alignment = Math.max(alignment, place.type.alignment ?? 1);
  }
  return {
    name,
    size: roundUp(end, alignment),
    alignment,
    indirection: 1,
    get(buffer, offset) {
      const values = [...places].map(([field, place]) => [field, read(buffer, offset, place)]);
      return Object.fromEntries(values) as StructValues<Fields>;
    },
    set(buffer, offset, value) {
      for (const [field, place] of places) write(buffer, offset, place, value[field]);
    },
  };
}

function placeOf(ref: typeof Ref, declared: FieldType, end: number): Place {
  const [name, length] = typeof declared === 'string' ? [declared, undefined] : declared;
  const type: Ref.Type = ref.types[name];
  const offset = roundUp(end, type.alignment ?? 1);
  return { offset, type, length, isText: name === 'char' };
}

function read(buffer: Buffer, offset: number, place: Place): number | readonly number[] | Buffer {
  const begin = offset + place.offset;
  const one = (at: number) => Number(place.type.get(buffer, at));
  if (place.length === undefined) return one(begin);
  if (place.isText) return buffer.subarray(begin, begin + place.length);
  return Array.from({ length: place.length }, (_, i) => one(begin + i * place.type.size));
}

function write(buffer: Buffer, offset: number, place: Place, value: unknown): void {
  const begin = offset + place.offset;
  if (place.isText) {
    (value as Buffer).copy(buffer, begin, 0, place.length);
    return;
  }
  const values = place.length === undefined ? [value] : (value as readonly number[]);
  values.forEach((one, i) => place.type.set(buffer, begin + i * place.type.size, one));
}

function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
