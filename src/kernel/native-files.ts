/** Where the native part is. */
import fs from 'node:fs';
import path from 'node:path';

/** The source tree, where the bundle is a test; the products do not define it. */
declare const __EYRIE_ROOT__: string | undefined;

/** The shared library, and the static programs. */
export type NativeFile =
  | 'libeyrie.so'
  | 'eyrie-init'
  | 'eyrie-tree'
  | 'eyrie-account'
  | 'eyrie-files'
  | 'eyrie-enter'
  | 'eyrie-families'
  | 'eyrie-control';

/** The path of a native file: in the installation that this bundle is part of, or in dist/. */
export function nativePath(file: NativeFile): string {
  const place = file === 'libeyrie.so' ? 'lib/eyrie' : 'libexec/eyrie';
  return path.join(installPrefix(), place, file);
}

const descriptors = new Map<NativeFile, number>();

/**
 * A descriptor of a native program, opened at its first use and then kept: what is executed later
 * is what was there when the starter began, whatever happens to the path.
 *
 * @throws the system's error, which names the path.
 */
export function nativeDescriptor(program: Exclude<NativeFile, 'libeyrie.so'>): number {
  let fd = descriptors.get(program);
  if (fd === undefined) {
    fd = fs.openSync(nativePath(program), 'r');
    descriptors.set(program, fd);
  }
  return fd;
}

/**
 * Where Eyrie is installed. Bundles are PREFIX/lib/eyrie/NAME.cjs, and argv[1] is the one that runs:
 * `__dirname` would be where the start-up snapshot was made.
 */
export function installPrefix(): string {
  return typeof __EYRIE_ROOT__ === 'string'
    ? path.join(__EYRIE_ROOT__, 'dist')
    : path.resolve(process.argv[1] ?? '', '../../..');
}
