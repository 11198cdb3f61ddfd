/**
 * A host with one directory more: for a dry run, which makes nothing, of a job whose EXECUTE would
 * be made first.
 */
import type { HostView } from '../job/host';

/** The same host where `directory` exists; else the host with it. */
export function assumeDirectory(host: HostView, directory: string): HostView {
  if (host.stat(directory) !== undefined) return host;
  const assumed = Object.create(host) as HostView;
  return Object.assign(assumed, {
    stat: (path: string) =>
      path === directory ? ({ kind: 'directory', realPath: directory } as const) : host.stat(path),
  });
}
