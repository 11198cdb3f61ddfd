/**
 * Two daemons that are asked the same: HTCondor's condor_procd and ours, each with a tree of shells
 * below it that do what a test says.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Release, rootOf } from '../../pool/support/releases';
import {
  CLEAN_ENVIRONMENT,
  type CommandResult,
  type RunningCommand,
  runCommand,
  startCommand,
} from '../../support/command';
import { program } from '../../support/eyrie';
import { processesLeft } from '../../support/processes';
import { temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';

/** What a test's end gives: whatever was started is stopped then. */
type TestEnd = Parameters<typeof temporaryDirectory>[0];

/** Whose daemon it is. */
export type Whose = 'htcondor' | 'ours';

/**
 * The words that run a program of an installed HTCondor outside of its root: by the loader and the
 * libraries that it was built with, so that it sees this host's processes.
 */
export function htcondorProgram(release: Release, name: string): readonly string[] {
  const root = rootOf(release);
  const libraries = path.join(root, 'usr/lib/x86_64-linux-gnu');
  const loader = path.join(root, 'lib64/ld-linux-x86-64.so.2');
  const places = [libraries, path.join(libraries, 'condor')].join(':');
  const found = ['usr/sbin', 'usr/bin']
    .map((place) => path.join(root, place, name))
    .find(existsSync);
  if (found === undefined) throw new Error(`HTCondor ${release} has no ${name}`);
  return [loader, '--library-path', places, found];
}

/** A shell that does what it is told, and tells what it did. */
export interface Shell {
  readonly pid: number;
  /** Runs a line; it must print exactly one line, which is given back. */
  tell(line: string): Promise<string>;
}

/** A daemon with its tree of processes. */
export interface Side {
  readonly whose: Whose;
  readonly address: string;
  readonly daemon: RunningCommand;
  /** The process that is the top of the tree. */
  readonly top: Shell;
  /** Starts a shell below another. */
  shellBelow(parent: Shell): Promise<Shell>;
  /** Runs HTCondor's procd_ctl against the daemon. */
  ctl(...words: readonly (string | number)[]): Promise<CommandResult>;
}

/** Starts a daemon of either kind on a tree of its own, with HTCondor's procd_ctl of a release. */
export async function startSide(
  test: TestEnd,
  whose: Whose,
  release: Release,
  more: readonly string[] = [],
): Promise<Side> {
  const directory = temporaryDirectory(test);
  const top = await startTop(test, directory);
  const address = path.join(directory, 'procd');
  const words =
    whose === 'ours' ? [program('condor_procd')] : htcondorProgram(release, 'condor_procd');
  const line = [...words, '-A', address, '-L', `${directory}/log`, '-P', String(top.pid), ...more];
  const daemon = startCommand(line, { timeout: 300 });
  test.after(() => daemon.process.kill('SIGKILL'));
  await waitUntil(
    () => existsSync(address) || daemon.process.exitCode !== null,
    () => `${whose} condor_procd to make its pipes: ${daemon.stderr()}`,
  );
  let shells = 0;
  return {
    whose,
    address,
    daemon,
    top,
    shellBelow: (parent) => top.shellBelow(parent, path.join(directory, `shell-${shells++}`)),
    ctl: (...given) =>
      runCommand([...htcondorProgram(release, 'procd_ctl'), '-A', address, ...given.map(String)]),
  };
}

/**
 * What a shell of the tree does. bash reads without starting a process; a pipe that it also has open
 * for writing does not end when the one who wrote to it goes.
 */
const LOOP = 'exec 3<>"$0"; while read -r line <&3; do eval "$line"; done';

/** Starts the top shell of a tree; whatever carries its mark is killed when the test ends. */
async function startTop(test: TestEnd, directory: string): Promise<Tree> {
  const mark = randomUUID();
  const command = startCommand(['bash', '-c', 'while read -r line; do eval "$line"; done'], {
    keepInputOpen: true,
    cwd: directory,
    env: { ...CLEAN_ENVIRONMENT, EYRIE_TEST_TREE: mark },
    timeout: 300,
  });
  test.after(async () => {
    for (const { pid } of processesLeft(mark)) process.kill(pid, 'SIGKILL');
    await command.ended;
  });
  const tree = new Tree(command);
  await tree.tell('echo ready');
  return tree;
}

/** The top shell. All shells of a tree write to one pipe; one of them is told at a time. */
class Tree implements Shell {
  readonly pid: number;
  #read = 0;

  constructor(private readonly command: RunningCommand) {
    this.pid = command.process.pid ?? 0;
  }

  tell(line: string): Promise<string> {
    this.command.process.stdin?.write(`${line}\n`);
    return this.answer(line);
  }

  /** The next line that a shell of the tree writes. */
  async answer(line: string): Promise<string> {
    const end = (): number => this.command.stdout().indexOf('\n', this.#read);
    const patience = (): string => `an answer to '${line}': ${this.command.stderr()}`;
    await waitUntil(() => end() >= 0, patience);
    const answer = this.command.stdout().slice(this.#read, end());
    this.#read = end() + 1;
    return answer;
  }

  /** Starts a shell that another one is the parent of. */
  async shellBelow(parent: Shell, pipe: string): Promise<Shell> {
    execFileSync('mkfifo', [pipe]);
    const pid = Number(await parent.tell(`bash -c '${LOOP}' ${pipe} & echo $!`));
    const tell = async (line: string): Promise<string> => {
      await writeFile(pipe, `${line}\n`);
      return this.answer(line);
    };
    return { pid, tell };
  }
}
