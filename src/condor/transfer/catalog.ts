/**
 * Which files a job made or changed: a catalog of the sandbox' top level, taken when the input is
 * there, against what is there later. HTCondor's rule (FileTransfer::BuildFileCatalog and
 * ComputeFilesToSend); times here are nanoseconds, so no pause is needed after the input.
 */
import type { Result } from '../../result';
import type { FileError, SandboxEntry, SandboxFiles } from './types';

/** The files of the sandbox' top level as they were. */
export type Catalog = ReadonlyMap<string, Pick<SandboxEntry, 'size' | 'modified'>>;

/** Takes the catalog. All input must be written and closed. */
export async function takeCatalog(files: SandboxFiles): Promise<Result<Catalog, FileError>> {
  const entries = await files.list('');
  if (!entries.ok) return entries;
  return { ok: true, value: catalogOf(entries.value) };
}

/** The catalog of a listing. Pure. */
export function catalogOf(entries: readonly SandboxEntry[]): Catalog {
  return new Map(
    entries
      .filter(({ kind }) => kind === 'file')
      .map(({ path, size, modified }) => [path, { size, modified }]),
  );
}

/**
 * The files of a listing that are new, or whose size or time of change is another one. Directories,
 * links that lead nowhere, sockets and FIFOs are not among them. Pure.
 */
export function changedFiles(
  before: Catalog,
  entries: readonly SandboxEntry[],
): readonly SandboxEntry[] {
  return entries.filter((entry) => {
    if (entry.kind !== 'file') return false;
    const old = before.get(entry.path);
    return old === undefined || old.size !== entry.size || old.modified !== entry.modified;
  });
}
