/**
 * What goes back, item by item: directories before what is in them, the captured streams last.
 *
 * Source: FileTransfer::ComputeFilesToSend and ExpandFileTransferList; the manual,
 * `transfer_output_files` and `preserve_relative_paths`.
 */
import { ok, type Result } from '../../result';
import { changedFiles } from './catalog';
import { pathOfName } from './arrival';
import { ERRNO, NEVER_SENT } from './protocol';
import type { WantedOutput } from './requests';
import type { FileError, SandboxEntry, SandboxFiles } from './types';

/** Something to send. */
export type OutputItem =
  | {
      readonly kind: 'file';
      /** On the wire. */
      readonly name: string;
      /** In the sandbox. */
      readonly path: string;
      readonly size: number;
    }
  | { readonly kind: 'directory'; readonly name: string; readonly mode: number }
  /** A file that cannot be had: the receiver is told so, and gets the rest. */
  | { readonly kind: 'missing'; readonly name: string; readonly error: FileError }
  /** A directory whose contents cannot be had: a failure of which the receiver hears at the end. */
  | { readonly kind: 'unreadable'; readonly name: string; readonly error: FileError };

/**
 * Lists what a job wants to be sent.
 *
 * @param sandboxPath the sandbox' absolute path: an absolute path below it is meant relatively
 * @returns an error where the sandbox itself cannot be read
 */
export async function listOutput(
  files: SandboxFiles,
  wanted: WantedOutput,
  sandboxPath: string,
): Promise<Result<readonly OutputItem[], FileError>> {
  const lister = new OutputLister(files, wanted);
  if (wanted.files.kind === 'listed') {
    for (const path of wanted.files.paths) await lister.addListed(path, sandboxPath);
  } else {
    const entries = await files.list('');
    if (!entries.ok) return entries;
    for (const entry of changedFiles(wanted.files.since, entries.value)) lister.addChanged(entry);
  }
  for (const stream of wanted.streams) await lister.addStream(stream);
  return ok(lister.items);
}

class OutputLister {
  readonly items: OutputItem[] = [];
  private readonly added = new Set<string>();
  private readonly streams: ReadonlySet<string>;
  private readonly neverSent: ReadonlySet<string>;

  constructor(
    private readonly files: SandboxFiles,
    private readonly wanted: WantedOutput,
  ) {
    this.streams = new Set(wanted.streams);
    this.neverSent = new Set([...NEVER_SENT, ...wanted.neverSent]);
  }

  /** A file of the top level that is new or changed. */
  addChanged(entry: SandboxEntry): void {
    if (this.isSentByItself(entry.path)) this.addEntry(entry, entry.path);
  }

  async addStream(path: string): Promise<void> {
    const entry = await this.files.stat(path);
    if (entry.ok) this.addEntry(entry.value, path);
    else this.addMissing(path, entry.error);
  }

  /** An entry of the job's list. */
  async addListed(listed: string, sandboxPath: string): Promise<void> {
    const inside = listed.startsWith(`${sandboxPath}/`)
      ? listed.slice(sandboxPath.length + 1)
      : listed;
    const path = /^(\.\/*)*$/.test(inside) ? '' : pathOfName(inside);
    if (path === undefined) {
      const error = { call: 'open', path: listed, errno: ERRNO.EPERM };
      this.addMissing(baseName(listed), error);
      return;
    }
    if (NEVER_SENT.has(path) || this.streams.has(path)) return;
    const entry = path === '' ? undefined : await this.files.stat(path);
    if (entry?.ok === false) this.addMissing(this.wireName(path), entry.error);
    else if (entry === undefined || (entry.value.kind === 'directory' && inside.endsWith('/'))) {
      await this.addContents(path, '');
    } else await this.addNamed(entry.value);
  }

  /** A file or directory with the name that it was listed by. */
  private async addNamed(entry: SandboxEntry): Promise<void> {
    if (this.wanted.preserveRelativePaths) await this.addParents(entry.path);
    const name = this.wireName(entry.path);
    this.addEntry(entry, name);
    if (isRealDirectory(entry)) await this.addContents(entry.path, `${name}/`);
  }

  private wireName(path: string): string {
    return this.wanted.preserveRelativePaths ? path : baseName(path);
  }

  private async addParents(path: string): Promise<void> {
    for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
      const above = path.slice(0, end);
      const entry = await this.files.stat(above);
      if (entry.ok) this.add({ kind: 'directory', name: above, mode: entry.value.mode });
    }
  }

  /** What is in a directory, with names that begin with a prefix. */
  private async addContents(path: string, prefix: string): Promise<void> {
    const entries = await this.files.list(path);
    if (!entries.ok) {
      this.add({ kind: 'unreadable', name: path, error: entries.error });
      return;
    }
    for (const entry of entries.value) {
      if (path === '' && !this.isSentByItself(entry.path)) continue;
      const name = prefix + baseName(entry.path);
      this.addEntry(entry, name);
      if (isRealDirectory(entry)) await this.addContents(entry.path, `${name}/`);
    }
  }

  /** Not the starter's own, and not a stream, which comes last. */
  private isSentByItself(path: string): boolean {
    return !this.neverSent.has(path) && !this.streams.has(path);
  }

  private addEntry(entry: SandboxEntry, name: string): void {
    const { path, size, mode, kind } = entry;
    if (kind === 'file') this.add({ kind, name, path, size });
    else if (isRealDirectory(entry)) this.add({ kind: 'directory', name, mode });
    else if (kind === 'directory') {
      this.addMissing(name, { call: 'open', path, errno: ERRNO.EISDIR });
    } else if (kind === 'missing') {
      this.addMissing(name, { call: 'open', path, errno: ERRNO.ENOENT });
    }
    // Sockets and FIFOs are left out without a word.
  }

  private addMissing(name: string, error: FileError): void {
    this.add({ kind: 'missing', name, error });
  }

  /** The same thing is sent once; of several with one name, the last is what the receiver keeps. */
  private add(item: OutputItem): void {
    const key = `${item.name}\0${item.kind === 'file' ? item.path : item.kind}`;
    if (this.added.has(key)) return;
    this.added.add(key);
    this.items.push(item);
  }
}

/** A link to a directory is not gone into: it might lead up. */
function isRealDirectory({ kind, isLink }: SandboxEntry): boolean {
  return kind === 'directory' && !isLink;
}

function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1) || trimmed;
}
