/**
 * /proc/PID/mountinfo: proc(5), section "/proc/pid/mountinfo".
 *
 * ```
 *   36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *   id parent dev root  point options  optional… - type source   super options
 * ```
 */
import type { MountFlag } from '../../job/plan';
import { err, ok, type Result } from '../../result';
import { readKernelFile } from './read';

/** One mount. Paths are unescaped. */
export interface MountEntry {
  /** Unique among the mounts of this namespace; may be reused after umount. */
  readonly id: number;
  /** The mount that this one is mounted on; itself at the top of the tree. */
  readonly parent: number;
  /** `major:minor`, the st_dev of files on it. */
  readonly device: string;
  /** The directory of the file system that is the root of this mount. */
  readonly root: string;
  /** Where it is, relative to the reader's root directory. */
  readonly mountPoint: string;
  /** Options of this mount alone (`ro`, `nosuid`, …). */
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; empty: private. */
  readonly propagation: readonly string[];
  /** `ext4`, `tmpfs`, `fuse.sshfs` … */
  readonly type: string;
  readonly source: string;
  /** Options of the file system, which all its mounts share. */
  readonly superOptions: readonly string[];
}

/**
 * Parses a whole mountinfo file.
 *
 * @returns the mounts in the kernel's order, or a sentence with the line that is not one
 */
export function parseMountInfo(text: string): Result<readonly MountEntry[], string> {
  const entries: MountEntry[] = [];
  for (const line of text.split('\n')) {
    if (line === '') {
      continue;
    }
    const entry = parseLine(line);
    if (entry === undefined) {
      return err(`mountinfo has a line that proc(5) does not describe: "${line}"`);
    }
    entries.push(entry);
  }
  return ok(entries);
}

/** The mounts of this process's namespace, hidden ones included (see mount-tree.ts). */
export function readMountInfo(): Result<readonly MountEntry[], string> {
  const text = readKernelFile('/proc/self/mountinfo');
  return text.ok ? parseMountInfo(text.value) : text;
}

function parseLine(line: string): MountEntry | undefined {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  const [id, parent, device, root, mountPoint, options] = fields;
  const [type, source, superOptions] = separator < 0 ? [] : fields.slice(separator + 1);
  if (!isNumber(id) || !isNumber(parent) || device === undefined || !root || !mountPoint) {
    return undefined;
  }
  if (options === undefined || type === undefined || source === undefined) {
    return undefined;
  }
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options: options.split(','),
    propagation: fields.slice(6, separator),
    type: unescapeOctal(type),
    source: unescapeOctal(source),
    superOptions: superOptions ? superOptions.split(',') : [],
  };
}

function isNumber(field: string | undefined): field is string {
  return field !== undefined && /^\d+$/.test(field);
}

/**
 * Undoes the kernel's escapes: space, tab, newline and backslash in a path are written as a
 * backslash and three octal digits (seq_file's mangle_path()).
 */
export function unescapeOctal(field: string): string {
  return field.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

const FLAGS: ReadonlySet<string> = new Set<MountFlag>([
  'ro',
  'nosuid',
  'nodev',
  'noexec',
  'noatime',
  'nodiratime',
  'relatime',
  'nosymfollow',
]);

/**
 * The flags with which mount(2) would make this mount again. The kernel shows a strict atime by
 * showing neither `noatime` nor `relatime`; a bind remount in a user namespace is refused unless
 * it names the same choice (mount_namespaces(7), locked flags).
 */
export function mountFlags(entry: MountEntry): readonly MountFlag[] {
  const flags = entry.options.filter((option): option is MountFlag => FLAGS.has(option));
  const lazyAtime = flags.includes('noatime') || flags.includes('relatime');
  return lazyAtime ? flags : [...flags, 'strictatime'];
}
