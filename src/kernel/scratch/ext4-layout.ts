/**
 * An empty ext4 file system as bytes: mkfs is another program, and takes longer than the launch of a job.
 * No journal, since nobody needs the file system after a crash. What is not written is zero, so a file
 * with holes is enough: the groups' bitmaps and tables that are not in use yet are for the kernel to
 * make (uninit_bg).
 *
 * Source: Documentation/filesystems/ext4 of Linux. Blocks have 4 KiB here, groups 32,768 of them.
 */
import { crc16 } from './crc16';

/** Bytes to be written at a place. */
export interface Extent {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** A file system. */
export interface Ext4Layout {
  /** Bytes of the whole. */
  readonly size: number;
  /** Bytes that files can have: what is free, less what the kernel keeps for its own needs. */
  readonly usable: number;
  readonly extents: readonly Extent[];
}

const BLOCK = 4096;
const GROUP = 32_768;
const INODE = 256;
const INODES_PER_BLOCK = BLOCK / INODE;
const DESCRIPTOR = 32;
/** One inode for so many blocks: 16 KiB. */
const BLOCKS_PER_INODE = 4;
const ROOT = 2;
const LOST_AND_FOUND = 11;
/** Inodes up to that one are in use. */
const USED_INODES = LOST_AND_FOUND;
/** Root's and lost+found's. */
const USED_BLOCKS = 2;
/** Numbers of blocks have 32 bits. */
const BLOCKS_MAX = 2 ** 32 - GROUP;
/** Bytes of the largest file system. */
export const EXT4_MAX = BLOCKS_MAX * BLOCK;

/** What follows from the number of blocks. */
interface Geometry {
  readonly blocks: number;
  readonly groups: number;
  readonly inodesPerGroup: number;
  readonly tableBlocks: number;
  readonly descriptorBlocks: number;
  readonly uuid: Buffer;
}

/**
 * Lays out a file system whose files can have a number of bytes; near {@link EXT4_MAX} it has less.
 *
 * @param uuid 16 bytes, of no other file system
 */
export function layOutExt4(usable: number, uuid: Buffer): Ext4Layout {
  const wanted = Math.max(Math.ceil(usable / BLOCK), 64);
  let blocks = wanted;
  // What is added for metadata needs some itself, but ever less.
  for (let free = 0; free < wanted; blocks += wanted - free) {
    free = usableBlocks(geometryOf(blocks, uuid));
    if (free >= wanted || blocks >= BLOCKS_MAX) break;
  }
  const geometry = geometryOf(Math.min(blocks, BLOCKS_MAX), uuid);
  return {
    size: geometry.blocks * BLOCK,
    usable: usableBlocks(geometry) * BLOCK,
    extents: [...tables(geometry), ...bitmaps(geometry), ...directories(geometry)],
  };
}

/** A last group that could hold little but its own metadata is left out. */
function geometryOf(wanted: number, uuid: Buffer): Geometry {
  const perGroup = Math.min(wanted, GROUP) / BLOCKS_PER_INODE;
  const inodesPerGroup = Math.ceil(perGroup / INODES_PER_BLOCK) * INODES_PER_BLOCK;
  const tableBlocks = inodesPerGroup / INODES_PER_BLOCK;
  const descriptorBlocks = Math.ceil((Math.ceil(wanted / GROUP) * DESCRIPTOR) / BLOCK);
  const rest = wanted % GROUP;
  const least = tableBlocks + descriptorBlocks + 64;
  const isLeftOut = wanted > GROUP && rest > 0 && rest < least;
  // It is made whole enough instead: less than was wanted would not do.
  const blocks = isLeftOut ? wanted - rest + least : wanted;
  const groups = Math.ceil(blocks / GROUP);
  return { blocks, groups, inodesPerGroup, tableBlocks, descriptorBlocks, uuid };
}

function sizeOf({ blocks }: Geometry, group: number): number {
  return Math.min(GROUP, blocks - group * GROUP);
}

/** Copies of the superblock are in groups 0, 1 and powers of 3, 5 and 7. */
function hasSuperblock(group: number): boolean {
  const isPower = (base: number): boolean => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  };
  return group <= 1 || [3, 5, 7].some(isPower);
}

/** Where a group's bitmaps begin; its table of inodes is after them. */
function bitmapOf(geometry: Geometry, group: number): number {
  return group * GROUP + (hasSuperblock(group) ? 1 + geometry.descriptorBlocks : 0);
}

/** Blocks of a group that are no file's. */
function metadataOf(geometry: Geometry, group: number): number {
  return bitmapOf(geometry, group) - group * GROUP + 2 + geometry.tableBlocks;
}

function freeIn(geometry: Geometry, group: number): number {
  const files = group === 0 ? USED_BLOCKS : 0;
  return sizeOf(geometry, group) - metadataOf(geometry, group) - files;
}

function freeBlocks(geometry: Geometry): number {
  let free = 0;
  for (let group = 0; group < geometry.groups; group++) free += freeIn(geometry, group);
  return free;
}

/** The kernel keeps a fiftieth free, but not more than 16 MiB: ext4_calculate_resv_clusters(). */
function usableBlocks(geometry: Geometry): number {
  return freeBlocks(geometry) - Math.min(Math.floor(geometry.blocks / 50), 4096);
}

/** Superblocks and tables of group descriptors. */
function tables(geometry: Geometry): readonly Extent[] {
  const descriptors = descriptorTable(geometry);
  const extents: Extent[] = [];
  for (let group = 0; group < geometry.groups; group++) {
    if (!hasSuperblock(group)) continue;
    const start = group * GROUP * BLOCK;
    // The first block begins with room for a boot loader.
    const offset = start + (group === 0 ? 1024 : 0);
    extents.push({ offset, bytes: superblock(geometry, group) });
    extents.push({ offset: start + BLOCK, bytes: descriptors });
  }
  return extents;
}

/** EXT4_FEATURE_COMPAT_EXT_ATTR, DIR_INDEX. */
const COMPATIBLE = 0x8 | 0x20;
/** EXT4_FEATURE_INCOMPAT_FILETYPE, EXTENTS. */
const INCOMPATIBLE = 0x2 | 0x40;
/** EXT4_FEATURE_RO_COMPAT_SPARSE_SUPER, LARGE_FILE, HUGE_FILE, GDT_CSUM, DIR_NLINK, EXTRA_ISIZE. */
const READ_ONLY_COMPATIBLE = 0x1 | 0x2 | 0x8 | 0x10 | 0x20 | 0x40;
/** Bytes of an inode beyond the first 128 that are in use. */
const EXTRA_INODE = 32;

/** struct ext4_super_block: field by field, with its offset. */
function superblock(geometry: Geometry, group: number): Buffer {
  const { blocks, groups, inodesPerGroup, uuid } = geometry;
  const bytes = Buffer.alloc(1024);
  const inodes = groups * inodesPerGroup;
  const words: readonly (readonly [offset: number, value: number])[] = [
    [0, inodes],
    [4, blocks],
    [12, freeBlocks(geometry)],
    [16, inodes - USED_INODES],
    [24, 2], // log2 of a block's size, less 10
    [28, 2], // and of a cluster's
    [32, GROUP],
    [36, GROUP],
    [40, inodesPerGroup],
    [76, 1], // revision: with features
    [84, LOST_AND_FOUND], // the first inode that is not reserved
    [92, COMPATIBLE],
    [96, INCOMPATIBLE],
    [100, READ_ONLY_COMPATIBLE],
    [352, 1], // signed characters in hashes of directories
  ];
  const halves: readonly (readonly [offset: number, value: number])[] = [
    [54, 0xffff], // never to be checked for the number of mounts
    [56, 0xef53], // the magic number
    [58, 1], // clean
    [60, 1], // errors: go on
    [88, INODE],
    [90, group],
    [348, EXTRA_INODE],
    [350, EXTRA_INODE],
  ];
  for (const [offset, value] of words) bytes.writeUInt32LE(value, offset);
  for (const [offset, value] of halves) bytes.writeUInt16LE(value, offset);
  uuid.copy(bytes, 104, 0, 16);
  uuid.copy(bytes, 236, 0, 16); // seed of those hashes
  bytes.writeUInt8(1, 252); // their kind: half MD4
  return bytes;
}

/** EXT4_BG_INODE_UNINIT, BLOCK_UNINIT, INODE_ZEROED. */
const FLAGS = { inodesUnused: 1, blocksUnused: 2, tableZero: 4 };

/** struct ext4_group_desc of each group. */
function descriptorTable(geometry: Geometry): Buffer {
  const { descriptorBlocks, groups, inodesPerGroup, uuid } = geometry;
  const table = Buffer.alloc(descriptorBlocks * BLOCK);
  const number = Buffer.alloc(4);
  for (let group = 0; group < groups; group++) {
    const bytes = table.subarray(group * DESCRIPTOR, (group + 1) * DESCRIPTOR);
    const bitmap = bitmapOf(geometry, group);
    const used = group === 0 ? USED_INODES : 0;
    const hasBitmap = group === 0 || group === groups - 1;
    bytes.writeUInt32LE(bitmap, 0);
    bytes.writeUInt32LE(bitmap + 1, 4);
    bytes.writeUInt32LE(bitmap + 2, 8);
    bytes.writeUInt16LE(freeIn(geometry, group), 12);
    bytes.writeUInt16LE(inodesPerGroup - used, 14);
    bytes.writeUInt16LE(group === 0 ? 2 : 0, 16); // directories
    const unused = group === 0 ? 0 : FLAGS.inodesUnused | (hasBitmap ? 0 : FLAGS.blocksUnused);
    bytes.writeUInt16LE(FLAGS.tableZero | unused, 18);
    bytes.writeUInt16LE(inodesPerGroup - used, 28); // inodes at the end that nobody has used
    number.writeUInt32LE(group);
    bytes.writeUInt16LE(crc16([uuid, number, bytes.subarray(0, 30)]), 30);
  }
  return table;
}

/** The bitmaps of the first group and the last, for whose end the kernel would have to guess. */
function bitmaps(geometry: Geometry): readonly Extent[] {
  const last = geometry.groups - 1;
  const inodes = bitmap(USED_INODES, geometry.inodesPerGroup);
  const extents = [blockBitmap(geometry, 0), ...(last > 0 ? [blockBitmap(geometry, last)] : [])];
  return [...extents, { offset: (bitmapOf(geometry, 0) + 1) * BLOCK, bytes: inodes }];
}

function blockBitmap(geometry: Geometry, group: number): Extent {
  const used = sizeOf(geometry, group) - freeIn(geometry, group);
  return {
    offset: bitmapOf(geometry, group) * BLOCK,
    bytes: bitmap(used, sizeOf(geometry, group)),
  };
}

/** The first bits are in use, and those that stand for nothing. */
function bitmap(used: number, count: number): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  for (let bit = 0; bit < BLOCK * 8; bit++) {
    const byte = bit >> 3;
    if (bit < used || bit >= count)
      bytes.writeUInt8(bytes.readUInt8(byte) | (1 << (bit & 7)), byte);
  }
  return bytes;
}

/** The root directory, with lost+found in it, which every checker expects. */
function directories(geometry: Geometry): readonly Extent[] {
  const table = bitmapOf(geometry, 0) + 2;
  const first = table + geometry.tableBlocks;
  const inodeAt = (number: number): number => table * BLOCK + (number - 1) * INODE;
  return [
    { offset: inodeAt(ROOT), bytes: directoryInode(0o755, 3, first) },
    { offset: inodeAt(LOST_AND_FOUND), bytes: directoryInode(0o700, 2, first + 1) },
    {
      offset: first * BLOCK,
      bytes: directoryBlock([
        ['.', ROOT],
        ['..', ROOT],
        ['lost+found', LOST_AND_FOUND],
      ]),
    },
    {
      offset: (first + 1) * BLOCK,
      bytes: directoryBlock([
        ['.', LOST_AND_FOUND],
        ['..', ROOT],
      ]),
    },
  ];
}

/** struct ext4_inode of a directory of one block. */
function directoryInode(mode: number, links: number, block: number): Buffer {
  const bytes = Buffer.alloc(INODE);
  bytes.writeUInt16LE(0o040000 | mode, 0);
  bytes.writeUInt32LE(BLOCK, 4);
  bytes.writeUInt16LE(links, 26);
  bytes.writeUInt32LE(BLOCK / 512, 28);
  bytes.writeUInt32LE(0x80000, 32); // EXT4_EXTENTS_FL
  bytes.writeUInt16LE(0xf30a, 40); // the head of extents: one, of four at most
  bytes.writeUInt16LE(1, 42);
  bytes.writeUInt16LE(4, 44);
  bytes.writeUInt16LE(1, 56); // of one block, the directory's first
  bytes.writeUInt32LE(block, 60);
  bytes.writeUInt16LE(EXTRA_INODE, 128);
  return bytes;
}

/** struct ext4_dir_entry_2, one after the other; the last one takes what is left. */
function directoryBlock(entries: readonly (readonly [name: string, inode: number])[]): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  let at = 0;
  for (const [index, [name, inode]] of entries.entries()) {
    const isLast = index === entries.length - 1;
    const length = isLast ? BLOCK - at : Math.ceil((8 + name.length) / 4) * 4;
    bytes.writeUInt32LE(inode, at);
    bytes.writeUInt16LE(length, at + 4);
    bytes.writeUInt8(name.length, at + 6);
    bytes.writeUInt8(2, at + 7); // a directory
    bytes.write(name, at + 8, 'latin1');
    at += length;
  }
  return bytes;
}
