/**
 * A job, checked and typed: what the job ad says, after all the ad's rules of quoting, defaulting
 * and old names. Everything downstream reads this and never the ad.
 */

/** Where a standard stream comes from or goes to. */
export type StreamSpec =
  /**
   * The starter's own descriptor: by hand for a missing Out or Err, or where `-` was said. Which one
   * it is, 0 to 2, where it is not the stream's own.
   */
  | { readonly kind: 'inherit'; readonly descriptor?: number }
  | { readonly kind: 'null' }
  /** A host path, absolute (already joined with Iwd). */
  | { readonly kind: 'file'; readonly path: string; readonly append: boolean }
  /** A name inside the sandbox (`_condor_stdout`), opened without following links. */
  | { readonly kind: 'sandbox'; readonly name: string; readonly append: boolean };

/** Signals of a job, by number (signal(7)). */
export interface JobSignals {
  /** KillSig: a soft kill. */
  readonly soft: number;
  /** RemoveKillSig, else KillSig. */
  readonly remove: number;
  /** HoldKillSig, else KillSig. */
  readonly hold: number;
}

/** What the job asked for. */
export interface ResourceRequest {
  /** RequestCpus, a count; 1 where the ad is silent. */
  readonly cpus: number;
  /** RequestMemory, MiB. */
  readonly memory: number | undefined;
  /** RequestDisk, KiB. */
  readonly disk: number | undefined;
}

/** A checked job. */
export interface JobSpec {
  readonly cluster: number;
  readonly proc: number;
  /** The local account that the job is for: OsUser, else the name in User, else Owner. */
  readonly owner: string | undefined;
  /** UidDomain: where that account's name means what the ad says. */
  readonly uidDomain: string | undefined;
  /** RunAsOwner; undefined where the ad is silent. */
  readonly runAsOwner: boolean | undefined;
  /** Executable: an absolute path. */
  readonly command: string;
  /** Arguments after the command's own name. */
  readonly arguments: readonly string[];
  /** The job's own environment: one layer of several, see environment.ts. */
  readonly environment: ReadonlyMap<string, string>;
  /** Initial working directory, absolute. */
  readonly iwd: string;
  readonly stdin: StreamSpec;
  readonly stdout: StreamSpec;
  readonly stderr: StreamSpec;
  /** x509userproxy: the job's X.509 proxy, an absolute path. */
  readonly x509UserProxy: string | undefined;
  /** Friendly name of a NAMED_CHROOT entry. */
  readonly requestedChroot: string | undefined;
  readonly signals: JobSignals;
  /** Seconds between a soft kill and the hard one: JobMaxVacateTime or KillSigTimeout. */
  readonly killTimeout: number | undefined;
  /** CoreSize in bytes, `unlimited` where the ad has less than 0, 0 where it is silent. */
  readonly coreSize: number | 'unlimited';
  /** StackSize in bytes, the soft limit; undefined: as high as the hard limit goes. */
  readonly stackSize: number | undefined;
  readonly request: ResourceRequest;
}
