/**
 * The numbers and names of HTCondor's file transfer. Sources are HTCondor's files and symbols.
 */

/** Commands of the connection; the names are the server's view: condor_commands.h. */
export const TRANSFER_COMMANDS = {
  /** FILETRANS_UPLOAD: the shadow sends. */
  input: 61000,
  /** FILETRANS_DOWNLOAD: the shadow receives. */
  output: 61001,
} as const;

/** What an item is: file_transfer.h, TransferCommand. */
export const ITEMS = {
  /** TransferCommand::Finished */
  finished: 0,
  /** TransferCommand::XferFile */
  file: 1,
  /** TransferCommand::EnableEncryption, DisableEncryption: a file; no difference with AES. */
  encryptedFile: 2,
  plainFile: 3,
  /** TransferCommand::XferX509 */
  proxy: 4,
  /** TransferCommand::DownloadUrl */
  url: 5,
  /** TransferCommand::Mkdir */
  directory: 6,
  /** TransferCommand::Other */
  other: 999,
} as const;

/** What an item `other` is: file_transfer.h, TransferSubCommand. */
export const OTHER_ITEMS = {
  /** TransferSubCommand::UploadUrl: a report of the sender. */
  uploadedToUrl: 7,
  /** TransferSubCommand::ReuseInfo: which files need not be sent? */
  reuse: 8,
  /** TransferSubCommand::SignUrls */
  signUrls: 9,
} as const;

/** `Result` of a go-ahead: file_transfer.cpp, GO_AHEAD_… */
export const GO_AHEADS = { failed: -1, undefined: 0, once: 1, always: 2 } as const;

/** `Result` of a final report: FileTransfer::SendTransferAck. */
export const REPORTS = { success: 0, tryAgain: 1, failed: -1 } as const;

/** Seconds between signs of life while the other side waits: file_transfer.cpp, alive_interval. */
export const ALIVE_INTERVAL = 300;

/** Seconds of grace on top of the interval: file_transfer.cpp, alive_slop. */
export const ALIVE_SLOP = 20;

/** Bytes of a file in one message: reli_sock.cpp, AES_FILE_BUF_SZ. */
export const CHUNK_SIZE = 262_144;

/** A larger announced chunk is no honest one. */
export const CHUNK_LIMIT = 1 << 30;

/** Sent in place of the contents of an empty file: reli_sock.cpp, PUT_FILE_EOM_NUM. */
export const EMPTY_FILE = 666;

/** In place of the mode: the sender has no such file. condor_io.h, NULL_FILE_PERMISSIONS. */
export const MISSING_FILE_MODE = 1 << 24;

/** A file's permission bits on the wire; 0: the receiver leaves the mode alone. */
export const MODE_MASK = 0o777;

/** A directory's whole st_mode on the wire. */
export const DIRECTORY_TYPE = 0o40000;

/** A directory that is sent with mode 0 gets this one; also parents that are made on the way. */
export const DIRECTORY_MODE = 0o700;

/** The executable's mode, whatever was sent: FileTransfer::DoDownload. */
export const EXECUTABLE_MODE = 0o755;

/** A proxy's: its key is nobody else's. */
export const PROXY_MODE = 0o600;

/** Hold codes: condor_holdcodes.h, CONDOR_HOLD_CODE. */
export const HOLD_CODES = {
  invalidTransferAck: 11,
  /** TransferOutputError: what the receiver of either direction reports. */
  receiving: 12,
  /** TransferInputError: what the sender of either direction reports. */
  sending: 13,
  invalidTransferGoAhead: 18,
  inputTooLarge: 32,
  outputTooLarge: 33,
} as const;

/** Sub-code: no plug-in for a URL's method; below -1000 the job is vacated. file_transfer.cpp. */
export const NO_PLUGIN = -1001;

/** Errors of system calls that reports name: asm-generic/errno-base.h, errno.h. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EXDEV: 18,
  EISDIR: 21,
  ENODATA: 61,
  EBADMSG: 74,
} as const;

/** The names of captured streams in the sandbox and on the wire: condor_constants.h. */
export const STREAM_NAMES = { stdout: '_condor_stdout', stderr: '_condor_stderr' } as const;

/**
 * Top-level files that belong to the starter and are never sent back: FileTransfer's
 * OutputFileIsSpecial, and the files that a starter writes beside the job's.
 */
export const NEVER_SENT: ReadonlySet<string> = new Set([
  '.job.ad',
  '.machine.ad',
  '.update.ad',
  '.update.ad.tmp',
  '.chirp.config',
  '.execution_overlay.ad',
  '.docker_stdout',
  '.docker_stderr',
]);
