/**
 * What a file transfer is asked to do and what comes of it: the types of {@link receiveInput} and
 * {@link sendOutput}.
 */
import type { Result } from '../../result';
import type { Logger } from '../../log';
import type { CedarConnection, WireError } from '../cedar/types';
import type { ClassAd } from '../classad';
import type { Catalog } from './catalog';
import type { SandboxFiles } from './types';

/** Both directions. */
export interface TransferRequest {
  /**
   * Opens a connection to the job's `TransferSocket` with the `filetrans.` session, for one of the
   * commands of {@link TRANSFER_COMMANDS}.
   */
  readonly connect: (command: number) => Promise<Result<CedarConnection, WireError>>;
  /** `TransferKey` of the job ad. Secret. */
  readonly key: string;
  readonly files: SandboxFiles;
  /** This host's IP address, as sentences for the user name it: `STARTER at 192.0.2.7 …`. */
  readonly ownAddress: string;
  /** The sandbox' absolute path, for sentences only. */
  readonly sandboxPath: string;
  /** The system's words for an errno, as strerror(3) has them. */
  readonly errnoText: (errno: number) => string;
  readonly log: Logger;
  /** Ends the transfer where it is; nothing stays open. */
  readonly signal?: AbortSignal | undefined;
  /** The submit side's transfer queue makes us wait (true), or we are through (false). */
  readonly onQueued?: ((queued: boolean) => void) | undefined;
  /** Bytes of file contents so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Sandbox in: from the shadow to here. */
export interface InputRequest extends TransferRequest {
  /** `TransferInputRemaps`: name on the wire → name in the sandbox; see `parseRemaps()`. */
  readonly remaps: ReadonlyMap<string, string>;
  /** The executable's name in the sandbox, if it is transferred; it gets mode 0755. */
  readonly executable: string | undefined;
}

/** What goes back. */
export interface WantedOutput {
  readonly files:
    /** `TransferOutput`: a directory with a trailing `/` stands for its contents. */
    | { readonly kind: 'listed'; readonly paths: readonly string[] }
    /** Top-level files that are new or changed since a catalog was taken. */
    | { readonly kind: 'changed'; readonly since: Catalog };
  /** `PreserveRelativePaths`. */
  readonly preserveRelativePaths: boolean;
  /** The captured streams that are not streamed: of `_condor_stdout`, `_condor_stderr`. They come last. */
  readonly streams: readonly string[];
  /** Top-level names that are never sent, beside {@link NEVER_SENT}: the executable, the proxy … */
  readonly neverSent: readonly string[];
}

/** Sandbox out: from here to the shadow. */
export interface OutputRequest extends TransferRequest {
  readonly wanted: WantedOutput;
  /** True: the job is done; false: an intermediate transfer, to be kept in the spool. */
  readonly final: boolean;
}

/** What was moved. */
export interface TransferStatistics {
  /** Items that were moved whole: files and directories. */
  readonly files: number;
  /** Bytes of file contents. */
  readonly bytes: number;
  /** `TransferStats`, as it was told to the peer. */
  readonly ad: ClassAd;
}

/** Why a transfer failed. */
export type TransferFailure =
  /** The job is to be held (or vacated: a sub-code below -1000). `reason` is for the event's text. */
  | {
      readonly kind: 'hold';
      readonly code: number;
      readonly subcode: number;
      readonly reason: string;
    }
  /** The peer says that another attempt may succeed. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** The caller's signal ended it. */
  | { readonly kind: 'aborted'; readonly reason: string }
  /** The connection broke (`gone`), the session was refused, or what came is no file transfer. */
  | WireError;

/** What came of a transfer. A failed one has moved something as well, perhaps. */
export interface TransferOutcome {
  readonly statistics: TransferStatistics;
  /** undefined: all went well. */
  readonly failure: TransferFailure | undefined;
}

/** What came of sending output. */
export interface OutputOutcome extends TransferOutcome {
  /**
   * Names without a slash, in order, of what was sent whole and is no stream: those that a receiver
   * has in its top level now. HTCondor's list of spooled files (FileTransferInfo::addSpooledFile).
   */
  readonly topLevel: readonly string[];
}
