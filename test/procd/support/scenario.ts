/** What happens to a daemon and its processes, written down in words that two runs have in common. */
import { readFileSync } from 'node:fs';
import { waitUntil } from '../../support/wait';
import type { Shell, Side } from './sides';

/** One daemon's part in a comparison. */
export class Scenario {
  /** What was asked and answered, and how the processes stood. */
  readonly record: string[] = [];
  readonly #names = new Map<number, string>();

  constructor(readonly side: Side) {
    this.#names.set(side.top.pid, 'top');
    this.#names.set(process.pid, 'the parent of top');
  }

  /** Starts a shell with a name below another one. */
  async shell(name: string, parent: Shell): Promise<Shell> {
    const shell = await this.side.shellBelow(parent);
    this.#names.set(shell.pid, name);
    await shell.tell('echo ready');
    return shell;
  }

  /** Starts a process that does nothing; gives its pid. */
  async sleeper(name: string, parent: Shell): Promise<number> {
    const pid = Number(await parent.tell('sleep 600 >&- 3<&- & echo $!'));
    this.#names.set(pid, name);
    await waitUntil(() => commandOf(pid) === 'sleep', `${name} to sleep`);
    return pid;
  }

  /** Starts a process that has lost its parent before anybody looked. */
  async orphan(name: string, parent: Shell, through = ''): Promise<number> {
    const told = await parent.tell(`( ${through} sh -c 'echo $$; exec sleep 600 >&-' & )`);
    const pid = Number(told);
    this.#names.set(pid, name);
    await waitUntil(() => commandOf(pid) === 'sleep', `${name} to sleep`);
    return pid;
  }

  /** Asks the daemon, and writes its answer down. */
  async ctl(...words: readonly (string | number)[]): Promise<void> {
    const { status, stdout, stderr } = await this.side.ctl(...words);
    const asked = words.map((word) => this.#words(String(word))).join(' ');
    const said = [...lines(stdout), ...lines(stderr)].map((line) => this.#words(line));
    this.record.push(`${asked} -> ${status}`, ...inOrder(said));
  }

  /** Writes down how each process stands once nothing changes any more. */
  async states(): Promise<void> {
    const look = (): string =>
      [...this.#names].map(([pid, name]) => `${name} ${stateOf(pid)}`).join(', ');
    let before = '';
    await waitUntil(() => {
      const same = before === look();
      before = look();
      return same;
    }, 'the processes to settle');
    this.record.push(look());
  }

  note(text: string): void {
    this.record.push(text);
  }

  /** A line with names for pids, and without what differs from run to run. */
  #words(line: string): string {
    const usage = /^(.*\((?:KB|s|%)\)|Instructions): .*$/.exec(line);
    if (usage !== null) return `${usage[1]}: …`;
    const family = /^(\d+) (\d+) (\d+) (\d+)$/.exec(line);
    if (family !== null) {
      const [parent, root, watcher] = family.slice(1, 4).map((pid) => this.#name(pid));
      return `family ${root} in ${parent}, watched by ${watcher}, of ${family[4]}`;
    }
    const process = /^(\d+) (\d+) \d+ \d+ \d+$/.exec(line);
    if (process !== null) return `${MEMBER}${this.#name(process[1])} of ${this.#name(process[2])}`;
    return line
      .replaceAll(this.side.address, 'ADDRESS')
      .replaceAll(/\b\d{3,}\b/g, (number) => this.#name(number));
  }

  #name(pid: string | undefined): string {
    return this.#names.get(Number(pid)) ?? pid ?? '';
  }
}

/** What the line of a process begins with. */
const MEMBER = '  process ';

/** The lines, with processes that stand together by name: their order is the listing's of /proc. */
function inOrder(said: readonly string[]): readonly string[] {
  const ordered: string[] = [];
  let members: string[] = [];
  for (const line of [...said, '']) {
    if (line.startsWith(MEMBER)) {
      members.push(line);
      continue;
    }
    ordered.push(...members.sort(), line);
    members = [];
  }
  return ordered.slice(0, -1);
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The name of the program that a process runs. */
function commandOf(pid: number): string {
  return readProc(pid, 'comm').trim();
}

/** `T` when stopped, `Z` when it has ended, `gone`, or `runs`. */
function stateOf(pid: number): string {
  const [, state] = /\) (\S)/.exec(readProc(pid, 'stat')) ?? [];
  if (state === undefined) return 'gone';
  return state === 'T' || state === 'Z' ? state : 'runs';
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
