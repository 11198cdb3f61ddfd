/**
 * HTCondor's own `condor_config_val`, run from a folder made with debootstrap that has Debian's
 * `condor` package, on configuration files outside of that folder.
 */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import path from 'node:path';
import { TREE } from '../support/root';

const FILES = path.join(TREE, 'test/config/pool');

/** For `skipIf`: missing unless EYRIE_CONDOR_ROOT names such a folder. */
export function needsCondor(): string | undefined {
  return condorRoot() === undefined
    ? "a folder with Debian's condor package (name it in EYRIE_CONDOR_ROOT)"
    : undefined;
}

/** The folder; undefined: there is none. */
export function condorRoot(): string | undefined {
  const root = process.env.EYRIE_CONDOR_ROOT;
  return root !== undefined && existsSync(path.join(root, 'usr/bin/condor_config_val'))
    ? root
    : undefined;
}

/** Makes a program that is the folder's `condor_config_val`, and counts its runs in `runs`. */
export function configValProgram(directory: string, root: string): string {
  const libraries = ['usr/lib', ...multiarchDirectories(root)].map((one) => path.join(root, one));
  const program = path.join(directory, 'condor_config_val');
  writeFileSync(
    program,
    `#!/bin/sh\necho run >> ${directory}/runs\n` +
      `exec ${root}/usr/lib64/ld-linux-x86-64.so.2 --library-path ${libraries.join(':')} ` +
      `${root}/usr/bin/condor_config_val "$@"\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

function multiarchDirectories(root: string): readonly string[] {
  const isMultiarch = (name: string): boolean => name.endsWith('-linux-gnu');
  return readdirSync(path.join(root, 'usr/lib'))
    .filter(isMultiarch)
    .map((name) => `usr/lib/${name}`);
}

/** Puts the configuration of `pool/` into a directory. @returns the value of CONDOR_CONFIG */
export function writeSite(directory: string): string {
  mkdirSync(path.join(directory, 'config.d'));
  for (const [from, to] of [
    ['condor_config', 'condor_config'],
    ['10-site.config', 'config.d/10-site.config'],
  ] as const) {
    const text = readFileSync(path.join(FILES, from), 'utf8');
    writeFileSync(path.join(directory, to), text.replaceAll('DIRECTORY', directory));
  }
  return path.join(directory, 'condor_config');
}

/** How a recorded answer of a version is called. */
export function recording(version: string): string {
  return path.join(FILES, `config-val-${version}.txt`);
}
