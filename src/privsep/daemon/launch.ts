/**
 * A launch that the daemon makes: `go` asks for it, and all that has to happen before the job's first
 * instruction happens there.
 */
import os from 'node:os';
import { err, ok, type Result } from '../../result';
import type {
  InitLost,
  JobExit,
  Launch,
  LaunchError,
  LaunchRefusal,
} from '../../kernel/launch-types';
import type { MemoryMarks } from '../../job/memory-peak';
import type { StepFailure } from '../../job/plan';
import type { JobUsage } from '../../job/result';
import { isObject } from '../control/fields';
import type { ControlError, JsonObject } from '../control/types';
import type { DaemonLink } from './link';
import { numberOf, readMemory, readOutOfMemory, readUsage } from './read-usage';
import type { StartRequest } from './request';
import type { JobWitness } from './types';

const { SIGCONT, SIGKILL, SIGSTOP } = os.constants.signals;

type Started = Result<number | undefined, StepFailure | LaunchError | LaunchRefusal>;

export class DaemonLaunch implements Launch, JobWitness {
  /** 0: nothing was started yet. */
  pid = 0;
  /** There is none here: the process is the daemon's. */
  readonly pidfd = -1;
  readonly exited: Promise<Result<JobExit, InitLost>>;
  usage: JobUsage | undefined;
  processes: number | undefined;
  memory: MemoryMarks | undefined;
  outOfMemory: JobWitness['outOfMemory'];
  #settle: (end: Result<JobExit, InitLost>) => void = () => undefined;
  #going: Promise<Started> | undefined;
  #job: string | undefined;
  #main: number | undefined;
  #end: JsonObject | undefined;
  /** Requests about the job that came before it was started. */
  readonly #waiting: (() => void)[] = [];
  #isOver = false;

  /** @param request told that its descriptors are not needed any more, by `close` */
  constructor(
    private readonly link: DaemonLink,
    private readonly request: StartRequest,
  ) {
    this.exited = new Promise((resolve) => (this.#settle = resolve));
  }

  get witness(): JobWitness {
    return this;
  }

  go(): Promise<Started> {
    this.#going ??= this.#start();
    return this.#going;
  }

  cancel(): void {
    if (this.#going !== undefined) return;
    this.#going = Promise.resolve(err({ call: 'start the job: it was given up', errno: 0 }));
    this.request.close();
    this.#finish(err({ reason: 'the job was not started' }));
  }

  signalJob(signal: number): void {
    this.#ask('job.signal', { signal });
  }

  signalFamily(signal: number): void {
    if (signal === SIGKILL) this.#ask('job.kill');
    else if (signal === SIGSTOP) this.#ask('job.suspend');
    else if (signal === SIGCONT) this.#ask('job.continue');
    else this.#ask('job.signal', { signal, to: 'family' });
  }

  /** Nobody stops eyrie-init there. */
  wake(): void {
    // Nothing to do.
  }

  initPid(): number | undefined {
    return this.pid === 0 ? undefined : this.pid;
  }

  jobPid(): number | undefined {
    return this.#main;
  }

  async refresh(): Promise<void> {
    if (this.#job === undefined || this.#isOver) return;
    const told = await this.link.ask('job.usage', { job: this.#job });
    if (told.ok) this.#see(told.value);
  }

  async #start(): Promise<Started> {
    const { descriptors, fields } = this.request;
    const started = await this.link.ask('job.start', fields, descriptors);
    this.request.close();
    if (!started.ok) {
      this.#finish(err({ reason: 'the job was not started' }));
      return err(refusalOf(started.error));
    }
    const { job, main } = started.value;
    this.pid = numberOf(started.value, 'pid') ?? 0;
    this.#main = typeof main === 'number' ? main : undefined;
    this.#job = typeof job === 'string' ? job : '';
    for (const ask of this.#waiting.splice(0)) ask();
    const pid = this.#main;
    this.link.listen(this.#job, {
      ended: (event) => this.#ended(event),
      gone: () => this.#finish(exitOf(this.#end ?? {})),
      lost: (why) => this.#finish(err({ reason: `the daemon that ran the job is gone: ${why}` })),
    });
    return ok(pid);
  }

  #ask(op: string, fields: JsonObject = {}): void {
    if (this.#isOver) return;
    const { link } = this;
    // That the job has ended meanwhile is told anyhow.
    const ask = (): void => void link.ask(op, { ...fields, job: this.#job ?? '' });
    if (this.#job === undefined) this.#waiting.push(ask);
    else ask();
  }

  #ended(event: JsonObject): void {
    this.#end = event;
    this.#main = undefined;
    const { usage } = event;
    if (isObject(usage)) this.#see(usage);
    this.outOfMemory = readOutOfMemory(event['outOfMemory']);
  }

  #see(usage: JsonObject): void {
    this.usage = readUsage(usage) ?? this.usage;
    this.memory = readMemory(usage['memory']) ?? this.memory;
    this.processes = numberOf(usage, 'processes');
  }

  #finish(end: Result<JobExit, InitLost>): void {
    this.#isOver = true;
    this.#main = undefined;
    this.#settle(end);
  }
}

/** The daemon's own words. */
function refusalOf({ code, details = {}, text }: ControlError): LaunchRefusal {
  const { cause } = details;
  return {
    cause: typeof cause === 'string' ? cause : code,
    errno: numberOf(details, 'errno') ?? 0,
    reason: text,
  };
}

function exitOf(end: JsonObject): Result<JobExit, InitLost> {
  const { lost } = end;
  if (typeof lost === 'string') return err({ reason: lost });
  const usage = readUsage(end['usage']);
  return ok({
    code: numberOf(end, 'code'),
    signal: numberOf(end, 'signal'),
    coreDumped: end['coreDumped'] === true,
    usage: {
      userCpu: usage?.userCpu ?? 0,
      systemCpu: usage?.systemCpu ?? 0,
      maxResident: usage?.maxResident ?? 0,
      blocksIn: 0,
      blocksOut: 0,
    },
  });
}
