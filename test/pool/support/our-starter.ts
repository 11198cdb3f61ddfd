/**
 * What Eyrie's starter needs inside a pool's root: the built tree, and this host's node with the
 * libraries that the root has none of.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TREE } from '../../support/root';
import type { Bind } from './namespace';

/** Where the built tree is inside. */
export const INSIDE = '/opt/eyrie';

/**
 * What is to be seen inside, so that the programs of a built tree run there. The launcher looks for
 * node where it was built, so node has the same path inside.
 *
 * @param root the pool's root, in which libraries are looked for
 * @param tree a built or installed tree; undefined: dist/
 */
export function ourStarterBinds(root: string, tree = path.join(TREE, 'dist')): readonly Bind[] {
  const same = [process.execPath, ...librariesOf(process.execPath)];
  return [
    { outside: tree, inside: INSIDE },
    ...same
      .filter((file) => file === process.execPath || !existsSync(root + file))
      .map((file) => ({ outside: file, inside: file })),
  ];
}

/** Absolute paths of the libraries that a program is linked with. */
function librariesOf(program: string): readonly string[] {
  const text = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...text.matchAll(/=> (\/\S+)/g)].flatMap(([, file]) => file ?? []);
}
