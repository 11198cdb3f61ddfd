/** Sandboxes with a real file agent. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { type FileAgent, startFileAgent } from '../../../src/kernel/file-agent';
import { temporaryDirectory } from '../../support/temporary';

/** Whom the sandboxes belong to where the tests run as root. */
const NOBODY = 65534;

export interface TestSandbox {
  readonly path: string;
  readonly files: FileAgent;
  /** Runs a shell script in it as its owner. */
  sh(script: string): void;
  /** A file's text. */
  text(name: string): string;
  /** Permission bits, in octal. */
  readonly mode: (name: string) => string;
}

/** A sandbox; as root nobody's, else the tests' own. */
export async function makeSandbox(
  t: { after(work: () => void): void },
  script = ':',
  path?: string,
): Promise<TestSandbox> {
  const isRoot = process.geteuid?.() === 0;
  const directory = path ?? temporaryDirectory(t, isRoot ? { uid: NOBODY } : {});
  const fd = fs.openSync(directory, fs.constants.O_DIRECTORY);
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY, groups: [] } : undefined;
  const agent = await startFileAgent({ directory: fd, identity, names: [directory] });
  fs.closeSync(fd);
  assert.ok(agent.ok);
  t.after(() => agent.value.close());
  const sh = (text: string): void => {
    const by = isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
    execFileSync('setpriv', [...by, 'sh', '-euc', `umask 022; cd ${directory}; ${text}`]);
  };
  sh(script);
  return {
    path: directory,
    files: agent.value,
    sh,
    text: (name) => fs.readFileSync(`${directory}/${name}`, 'utf8'),
    mode: (name) => (fs.statSync(`${directory}/${name}`).mode & 0o777).toString(8),
  };
}
