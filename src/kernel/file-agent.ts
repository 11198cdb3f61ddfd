/**
 * A job's sandbox, touched by eyrie-files with the job's ids. What it opens comes here as a
 * descriptor; only the contents of small files go through it, for speed. It runs as the job's user, so a job may kill or stop it:
 * its answers are checked like any peer's, and its end is an error and never a wait.
 */
import fs from 'node:fs';
import os from 'node:os';
import { toBytes } from '../byte-text';
import { err, ok, type Result } from '../result';
import { AgentChannel, type AgentReply } from './agent-channel';
import { spawnAgent } from './border';
import {
  CONTENTS_MAX,
  decodeContents,
  decodeEntries,
  encodeBegin,
  type FileEntry,
  type FileIdentity,
  type FileOperation,
} from './file-records';
import type { LaunchError } from './launch-types';
import { nativeDescriptor } from './native-files';
import { LAUNCH_CALLS } from './structs';

/** A call that failed. */
export interface FileAgentError {
  readonly call: string;
  /** Relative to the sandbox. */
  readonly path: string;
  /** Positive. */
  readonly errno: number;
  /** eyrie-files is gone: the same may go well with another one. */
  readonly gone?: true;
}

/** What is at a path of the sandbox. */
export interface PathEntry extends Omit<FileEntry, 'name'> {
  /** Relative to the sandbox. */
  readonly path: string;
}

/** A file for reading: a small one with its contents, another open. */
export type ReadFile =
  | { readonly kind: 'read'; readonly mode: number; readonly bytes: Buffer }
  | {
      readonly kind: 'open';
      readonly descriptor: number;
      readonly size: number;
      readonly mode: number;
    };

/** Whose sandbox it is. */
export interface FileAgentRequest {
  /** The sandbox: an open directory, opened before the job could touch it. It stays open here. */
  readonly directory: number;
  /** The job's ids; undefined: starter and job are one user. */
  readonly identity: FileIdentity | undefined;
  /** Absolute paths that the text of a link may have for the sandbox; at most 8. */
  readonly names: readonly string[];
}

const { E2BIG, EINVAL, EPROTO } = os.constants.errno;

/** What a file gets where nobody says anything else. */
const FILE_MODE = 0o644;

/**
 * Starts eyrie-files in a sandbox. Main thread only.
 *
 * @throws where the native part is not installed.
 */
export async function startFileAgent({
  directory,
  identity,
  names,
}: FileAgentRequest): Promise<Result<FileAgent, LaunchError>> {
  const begin = encodeBegin(0, identity, names);
  if (begin === undefined) return err({ call: 'start eyrie-files', errno: E2BIG });
  const program = nativeDescriptor('eyrie-files');
  const { returned, result } = spawnAgent('eyrie-files', { program, directory });
  if (returned < 0) {
    const call = `start eyrie-files: ${LAUNCH_CALLS[result.call] ?? ''}`;
    return err({ call, errno: -returned });
  }
  const channel = new AgentChannel(result);
  const { error, call } = await channel.begin(begin);
  if (error === 0) return ok(new FileAgent(channel));
  channel.close();
  return err({ call: `start eyrie-files: ${call}`, errno: error });
}

/**
 * The sandbox. Paths are relative to it; components are joined by `/` and are not empty, `.` or
 * `..`. Requests are answered in the order of the calls, and none waits for another's answer.
 */
export class FileAgent {
  constructor(private readonly channel: AgentChannel) {}

  /** Makes a directory and those above it (0700); one that is there keeps its mode. */
  async makeDirectory(path: string, mode: number): Promise<Result<void, FileAgentError>> {
    return done(await this.ask('mkdir', path, mode));
  }

  /**
   * Makes an empty file for writing in place of a file, link or empty directory, and the
   * directories above it (0700). The descriptor is the caller's to close.
   */
  async createFile(
    path: string,
    mode: number | undefined,
  ): Promise<Result<number, FileAgentError>> {
    const opened = takeFile(await this.ask('create', path, mode ?? FILE_MODE), path);
    return opened.ok ? ok(opened.value.descriptor) : opened;
  }

  /**
   * Opens a regular file for reading; links inside of the sandbox are followed. The descriptor is
   * the caller's to close.
   */
  async openFile(
    path: string,
  ): Promise<Result<{ descriptor: number; size: number; mode: number }, FileAgentError>> {
    return takeFile(await this.ask('open', path, 0), path);
  }

  /** As createFile(), with contents of up to {@link CONTENTS_MAX} bytes; it is closed again. */
  async writeFile(
    path: string,
    mode: number | undefined,
    contents: Buffer,
  ): Promise<Result<void, FileAgentError>> {
    if (contents.length > CONTENTS_MAX) return err({ call: 'write', path, errno: E2BIG });
    return done(await this.ask('write', path, mode ?? FILE_MODE, contents));
  }

  /** As openFile(), but a file of up to {@link CONTENTS_MAX} bytes is read and closed again. */
  async readFile(path: string): Promise<Result<ReadFile, FileAgentError>> {
    const reply = await this.ask('read', path, 0);
    if (!reply.ok || reply.value.descriptor !== undefined) {
      const opened = takeFile(reply, path);
      return opened.ok ? ok({ kind: 'open', ...opened.value }) : opened;
    }
    const [payload] = reply.value.payloads;
    const contents = payload === undefined ? undefined : decodeContents(payload);
    if (contents === undefined) return err({ call: 'read', path, errno: EPROTO });
    return ok({ kind: 'read', ...contents });
  }

  /** What is at a path; `''`: the sandbox itself. */
  async stat(path: string): Promise<Result<PathEntry, FileAgentError>> {
    const entries = takeEntries(await this.ask('stat', path, 0), path);
    if (!entries.ok) return entries;
    const [entry] = entries.value;
    if (entry === undefined) return err({ call: 'stat', path, errno: EPROTO });
    return ok(atPath(entry, path));
  }

  /** The entries of a directory, sorted by name; `''`: the sandbox itself. */
  async list(path: string): Promise<Result<readonly PathEntry[], FileAgentError>> {
    const entries = takeEntries(await this.ask('list', path, 0), path);
    if (!entries.ok) return entries;
    const above = path === '' ? '' : `${path}/`;
    const sorted = [...entries.value].sort((a, b) => (a.name < b.name ? -1 : 1));
    return ok(sorted.map((entry) => atPath(entry, above + entry.name)));
  }

  /** Changes the permission bits of a regular file or a directory that is no link. */
  async setMode(path: string, mode: number): Promise<Result<void, FileAgentError>> {
    return done(await this.ask('chmod', path, mode));
  }

  /** Gives an entry another name in its directory, in place of a file or link; no link is followed. */
  async rename(path: string, newName: string): Promise<Result<void, FileAgentError>> {
    return done(await this.ask('rename', path, 0, Buffer.from(toBytes(newName))));
  }

  /** Ends eyrie-files. What was asked and not answered fails. */
  close(): void {
    this.channel.close();
  }

  private async ask(
    operation: FileOperation,
    path: string,
    mode: number,
    contents?: Buffer,
  ): Promise<Result<AgentReply, FileAgentError>> {
    // A NUL ends the path where contents follow it.
    if (path.includes('\0')) return err({ call: 'check the request', path, errno: EINVAL });
    const reply = await this.channel.ask(operation, path, mode, contents);
    if (reply.error === 0) return ok(reply);
    const { call, error: errno } = reply;
    return err(reply.gone ? { call, path, errno, gone: true } : { call, path, errno });
  }
}

/** Drops a descriptor that nobody asked for. */
function done(reply: Result<AgentReply, FileAgentError>): Result<void, FileAgentError> {
  if (!reply.ok) return reply;
  if (reply.value.descriptor !== undefined) fs.closeSync(reply.value.descriptor);
  return ok(undefined);
}

function takeFile(
  reply: Result<AgentReply, FileAgentError>,
  path: string,
): Result<{ descriptor: number; size: number; mode: number }, FileAgentError> {
  if (!reply.ok) return reply;
  const { descriptor } = reply.value;
  if (descriptor === undefined) return err({ call: 'open', path, errno: EPROTO });
  // Not to be believed: reading a FIFO would take a thread of libuv's pool for good.
  const facts = fs.fstatSync(descriptor);
  if (facts.isFile()) return ok({ descriptor, size: facts.size, mode: facts.mode & 0o777 });
  fs.closeSync(descriptor);
  return err({ call: 'open', path, errno: EINVAL });
}

function takeEntries(
  reply: Result<AgentReply, FileAgentError>,
  path: string,
): Result<readonly FileEntry[], FileAgentError> {
  const taken = done(reply);
  if (!taken.ok || !reply.ok) return taken.ok ? err({ call: 'stat', path, errno: EPROTO }) : taken;
  const entries: FileEntry[] = [];
  for (const payload of reply.value.payloads) {
    const some = decodeEntries(payload);
    if (some === undefined) return err({ call: 'stat', path, errno: EPROTO });
    for (const entry of some) entries.push(entry);
  }
  return ok(entries);
}

function atPath({ name: _, ...entry }: FileEntry, path: string): PathEntry {
  return { ...entry, path };
}
