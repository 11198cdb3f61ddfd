/** The table of processes that eyrie-families keeps, see process-table-types.ts. */
import fs from 'node:fs';
import os from 'node:os';
import { fromBytes } from '../byte-text';
import { err, ok, type Result } from '../result';
import { spawnAgent } from './border';
import { errnoText } from './errno';
import type { LaunchError } from './launch-types';
import { nativeDescriptor } from './native-files';
import { ProcessChannel } from './process-channel';
import {
  decodeCgroupUsage,
  decodeKib,
  decodeLocated,
  decodeMeans,
  decodeObstacle,
  decodeOutcome,
  decodeSnapshot,
  AS_IT_IS,
  NO_EVENTS,
  type FamilyOperation,
  type FamilyRequest,
  wantFlags,
} from './process-records';
import type {
  CgroupUsage,
  FamilySignal,
  NewProcess,
  ProcessIdentity,
  ProcessMeans,
  ProcessTable,
  ProcessTableError,
  ProcessTableOptions,
  SignalOutcome,
  Snapshot,
  SnapshotWants,
} from './process-table-types';
import { LAUNCH_CALLS } from './structs';

const { EPROTO, ESRCH } = os.constants.errno;

/** How long a kill may take where nobody says. */
const SIGNAL_SECONDS = 10;

const NOTHING: SnapshotWants = { ancestors: false, groups: false, cgroups: false };

/**
 * Starts eyrie-families. It is killed when this process ends. Main thread only.
 *
 * @throws where the native part is not installed, or /proc is not mounted.
 */
export async function startProcessTable({
  events = true,
  eventBuffer = 0,
}: ProcessTableOptions = {}): Promise<Result<ProcessTable, LaunchError>> {
  const program = nativeDescriptor('eyrie-families');
  const directory = fs.openSync('/proc', 'r');
  const { returned, result } = spawnAgent('eyrie-families', { program, directory });
  fs.closeSync(directory);
  if (returned < 0) {
    const call = `start eyrie-families: ${LAUNCH_CALLS[result.call] ?? ''}`;
    return err({ call, errno: -returned });
  }
  const channel = new ProcessChannel(result);
  const flags = events ? 0 : NO_EVENTS;
  const begun = await channel.ask('begin', { flags, number: eventBuffer });
  const means = begun.ok ? meansOf(begun.value, events) : undefined;
  if (means !== undefined) return ok(new KernelProcessTable(channel, means));
  channel.close();
  return err({
    call: 'start eyrie-families: begin',
    errno: begun.ok ? EPROTO : begun.error.errno,
  });
}

function meansOf(bytes: Buffer, wanted: boolean): ProcessMeans | undefined {
  const means = decodeMeans(bytes);
  if (means === undefined) return undefined;
  const { call, errno } = decodeObstacle(bytes);
  const obstacle = wanted ? `${call}: ${errnoText(errno)}` : 'not wanted';
  return { ...means, why: means.events ? undefined : obstacle };
}

type Answer<T> = Promise<Result<T, ProcessTableError>>;

class KernelProcessTable implements ProcessTable {
  constructor(
    private readonly channel: ProcessChannel,
    readonly means: ProcessMeans,
  ) {}

  get lost(): Promise<void> {
    return this.channel.lost;
  }

  snapshot(wants: SnapshotWants): Answer<Snapshot> {
    return this.ask('snapshot', { flags: wantFlags(wants) }, (bytes) =>
      decodeSnapshot(bytes, wants),
    );
  }

  async locate(pid: number, wants: SnapshotWants = NOTHING): Answer<NewProcess | undefined> {
    if (!isPid(pid)) return ok(undefined);
    const found = await this.ask('locate', { pid, flags: wantFlags(wants) }, (bytes) =>
      decodeLocated(bytes, wants),
    );
    return !found.ok && found.error.errno === ESRCH ? ok(undefined) : found;
  }

  assign({ pid, birthday }: ProcessIdentity, family: number): Answer<void> {
    if (!isPid(pid)) return Promise.resolve(err(noProcess));
    return this.tell('assign', { pid, birthday, family });
  }

  merge(from: number, into: number): Answer<void> {
    return this.tell('merge', { family: from, number: into });
  }

  watch({ pid, birthday }: ProcessIdentity, gone: () => void): () => void {
    const number = this.channel.expect(gone);
    void this.tell('watch', { pid, birthday, number }).then((watched) => {
      // Whoever cannot be watched counts as gone; but when eyrie-families is gone, all are unknown.
      if (!watched.ok && watched.error.gone === undefined && this.channel.forget(number)) gone();
    });
    return () => {
      if (this.channel.forget(number)) void this.tell('unwatch', { number });
    };
  }

  signalFamilies({
    families,
    signal,
    seconds = SIGNAL_SECONDS,
    except = [],
  }: FamilySignal): Answer<SignalOutcome> {
    const number = Math.round(seconds * 1000);
    return this.ask('signal-families', { families, signal, number, except }, decodeOutcome);
  }

  signalProcess({ pid, birthday }: ProcessIdentity, signal: number): Answer<void> {
    if (!isPid(pid)) return Promise.resolve(err(noProcess));
    return this.tell('signal-process', { pid, birthday, signal });
  }

  proportional(families: readonly number[]): Answer<number | undefined> {
    return this.ask('proportional', { families }, decodeKib);
  }

  ownCgroup(family: number, { pid, birthday }: ProcessIdentity): Answer<string> {
    return this.ask('own-cgroup', { family, pid, birthday }, fromBytes);
  }

  trackCgroup(family: number, name: string): Answer<void> {
    return this.tell('track-cgroup', { family, name });
  }

  adoptCgroup(family: number, name: string): Answer<void> {
    return this.tell('track-cgroup', { family, name, flags: AS_IT_IS });
  }

  async usage(family: number): Answer<CgroupUsage | undefined> {
    const answer = await this.channel.ask('usage', { family });
    return answer.ok ? ok(decodeCgroupUsage(answer.value)) : answer;
  }

  close(): void {
    this.channel.close();
  }

  private async tell(operation: FamilyOperation, request: FamilyRequest): Answer<void> {
    const answer = await this.channel.ask(operation, request);
    return answer.ok ? ok(undefined) : answer;
  }

  private async ask<T>(
    operation: FamilyOperation,
    request: FamilyRequest,
    decode: (bytes: Buffer) => T | undefined,
  ): Answer<T> {
    const answer = await this.channel.ask(operation, request);
    if (!answer.ok) return answer;
    const value = decode(answer.value);
    return value === undefined
      ? err({ call: `read the reply: ${operation}`, errno: EPROTO })
      : ok(value);
  }
}

const noProcess: ProcessTableError = { call: 'find the process', errno: ESRCH };

/** What eyrie-families takes for a pid. */
function isPid(pid: number): boolean {
  return Number.isInteger(pid) && pid > 0 && pid <= 0x7fffffff;
}
