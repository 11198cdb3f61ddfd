/** The families of processes on this machine, as `eyrie ps` shows them. */
import type { RunningJob } from '../running/read-records';

/** What a family uses, that of the families below it included. */
export interface FamilyFigures {
  /** Members, zombies included. */
  readonly processes: number;
  /** CPU seconds, those of members that ended included. */
  readonly userCpu: number;
  readonly systemCpu: number;
  /** 100: one processor. */
  readonly percentCpu: number;
  /** KiB. */
  readonly imageSize: number;
  /** KiB; undefined: not measured. */
  readonly resident: number | undefined;
  readonly proportional: number | undefined;
}

/**
 * `running`: some process is not stopped; `suspended`: all are, or their cgroup is frozen; `ended`:
 * nothing but zombies is left.
 */
export type FamilyState = 'running' | 'suspended' | 'ended';

/** One family. */
export interface Family {
  /** The pid of its first process: of a job's, eyrie-init's. */
  readonly pid: number;
  /** The same of the family above; undefined: there is none. */
  readonly parent: number | undefined;
  /** The job whose family it is. */
  readonly job: RunningJob | undefined;
  readonly user: string;
  /** The job's program, or the name of the first process. */
  readonly command: string;
  readonly state: FamilyState;
  readonly usage: FamilyFigures;
  /** The address of the procd that told of it; undefined: what is in /proc did. */
  readonly procd: string | undefined;
}

/** All that are known, each before those below it. */
export interface FamilyListing {
  /** Seconds since 1970. */
  readonly time: number;
  readonly families: readonly Family[];
  /** Sentences about what could not be asked. */
  readonly troubles: readonly string[];
}
