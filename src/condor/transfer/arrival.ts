/** Names under which things arrive. Source: FileTransfer::DoDownload, LegalPathInSandbox. Pure. */

/**
 * The path in the sandbox that a name from the wire stands for: empty components and `.` are
 * dropped. undefined: it is empty, absolute, or would lead out.
 */
export function pathOfName(name: string): string | undefined {
  if (name.startsWith('/') || name.includes('\0')) return undefined;
  const components = name.split('/').filter((one) => one !== '' && one !== '.');
  if (components.length === 0 || components.includes('..')) return undefined;
  return components.join('/');
}
