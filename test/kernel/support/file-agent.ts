/** Sandboxes as jobs leave them, and what a file agent answers in them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import type { TestContext } from 'node:test';
import type { SandboxFiles } from '../../../src/condor/transfer/types';
import { type FileAgent, startFileAgent } from '../../../src/kernel/file-agent';
import { temporaryDirectory } from '../../support/temporary';

/** Whose the sandboxes are. */
export const NOBODY = 65534;

/** The agent is what file transfer wants: checked by the compiler. */
const asSandboxFiles = (agent: FileAgent): SandboxFiles => agent;

/**
 * A call of the agent; or `write`: create a file and write a text into it, `put`: the same in one
 * call; or `read`: open a file and read it, in both ways, which must agree; or `readExchanged`: the
 * same of a file in a directory that is exchanged meanwhile, so that each way may meet its own.
 */
export type Call = readonly [method: string, ...args: unknown[]];
export type Answer = { ok: boolean; value?: unknown; error?: { call: string; errno: number } };

/** What an agent of nobody's (`own`: of this process's ids) is asked in a sandbox. */
export interface Task {
  readonly directory: string;
  readonly calls: readonly Call[];
  readonly own: boolean;
}

function takeText({ descriptor }: { descriptor: number }): string {
  const text = fs.readFileSync(descriptor, 'latin1');
  fs.closeSync(descriptor);
  return text;
}

/** What each of both ways has read. */
async function readExchanged(agent: FileAgent, path: string): Promise<string[]> {
  const [opened, read] = await Promise.all([agent.openFile(path), agent.readFile(path)]);
  return [
    ...(opened.ok ? [takeText(opened.value)] : []),
    ...(read.ok && read.value.kind === 'read' ? [read.value.bytes.toString('latin1')] : []),
  ];
}

async function answerTo(agent: FileAgent, [method, ...args]: Call): Promise<Answer> {
  if (method === 'read') {
    const path = args[0] as string;
    const [opened, read] = await Promise.all([agent.openFile(path), agent.readFile(path)]);
    if (!opened.ok) {
      assert.deepEqual(read, opened);
      return opened;
    }
    const text = takeText(opened.value);
    if (read.ok && read.value.kind === 'read') {
      assert.equal(read.value.bytes.toString('latin1'), text);
      assert.equal(read.value.mode, opened.value.mode);
    }
    return { ok: true, value: text };
  }
  if (method === 'readExchanged') {
    return { ok: true, value: await readExchanged(agent, args[0] as string) };
  }
  if (method === 'put') {
    const [path, text, mode] = args as [string, string, number | undefined];
    return await agent.writeFile(path, mode, Buffer.from(text));
  }
  if (method === 'write') {
    const made = await agent.createFile(args[0] as string, args[2] as number | undefined);
    if (!made.ok) return made;
    fs.writeSync(made.value, args[1] as string);
    fs.closeSync(made.value);
    return { ok: true };
  }
  const call = agent[method as 'stat'].bind(agent) as (...args: unknown[]) => Promise<Answer>;
  return await call(...args);
}

/** Starts an agent, asks it, and ends it. */
export async function perform({ directory, calls, own }: Task): Promise<Answer[]> {
  const fd = fs.openSync(directory, fs.constants.O_DIRECTORY);
  const identity = own ? undefined : { uid: NOBODY, gid: NOBODY, groups: [NOBODY, 4, 24, 4] };
  const agent = await startFileAgent({ directory: fd, identity, names: [`${directory}/`] });
  if (!agent.ok) throw new Error(`${agent.error.call}: ${agent.error.errno}`);
  asSandboxFiles(agent.value);
  const answers: Answer[] = [];
  try {
    for (const call of calls) answers.push(await answerTo(agent.value, call));
  } finally {
    agent.value.close();
    fs.closeSync(fd);
  }
  return JSON.parse(
    JSON.stringify(answers, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    ),
  ) as Answer[];
}

/** A sandbox of nobody's, filled by a script of nobody's, in a directory that nobody cannot enter. */
export function sandbox(t: TestContext, script = ':'): string {
  const closed = temporaryDirectory(t, { mode: 0o755 });
  const directory = `${closed}/dir_1`;
  fs.mkdirSync(directory);
  fs.chownSync(directory, NOBODY, NOBODY);
  execFileSync('setpriv', [
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    '--clear-groups',
    'sh',
    '-euc',
    `cd ${directory}; ${script}`,
  ]);
  return directory;
}
