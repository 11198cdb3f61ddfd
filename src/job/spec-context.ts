/** Where a job comes from and where its files are: what its ad is read with, beside itself. */
import type { StreamOverrides } from './streams';

/** A job by hand: its files are at hand, and the command line has its say. */
export interface HandContext {
  readonly from: 'hand';
  /** The caller's working directory: the Iwd of an ad that has none. Absolute. */
  readonly cwd: string;
  /** Where Out and Err go that the ad does not name. */
  readonly missingOutput: 'inherit' | 'null';
  /** `-job-cluster` and `-job-proc`: they win over ClusterId and ProcId. */
  readonly cluster?: number | undefined;
  readonly proc?: number | undefined;
  readonly streams?: StreamOverrides;
}

/** A job of a pool, from its shadow. */
export interface PoolContext {
  readonly from: 'shadow';
  readonly files: JobFiles;
  /** gLExec runs the job, by its proxy. */
  readonly glexec?: boolean;
}

export type SpecContext = HandContext | PoolContext;

/** Where the files of a pool's job are; {@link readJobFiles} decides it. */
export type JobFiles =
  /** On a file system that this host shares with the submit host: the job runs in its Iwd. */
  | { readonly kind: 'shared' }
  /** They come into the sandbox before the job, which runs there. Its path, absolute. */
  | { readonly kind: 'transferred'; readonly sandbox: string };
