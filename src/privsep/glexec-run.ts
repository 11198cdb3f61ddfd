/**
 * Starting a job through condor_glexec_run: gLExec becomes or starts condor_glexec_job_wrapper as the
 * account of the proxy, and that becomes eyrie-init, which makes the job's namespaces and the rest.
 *
 * ```
 *   starter                                condor_glexec_job_wrapper
 *     │ ◄──────── hello: u32 0xdeadbeef ──────┤  gLExec has let us in
 *     │ i32 length, environment, V2 raw ────► │
 *     │ 00 + the parcel for `-` ────────────► │  eyrie-init's standard input: kernel/launch.ts
 *     │ 00 + one end of a new socket ───────► │  gLExec that lingers would keep this one open
 *     │ ◄─── on the new one: a sentence ──────┤  or its end, which is the exec
 * ```
 *
 * Source: GlexecPrivSepHelper::create_process of HTCondor 7.7.2 to 9.10, and its glexec_job_wrapper.
 */
import { toBytes } from '../byte-text';
import type { JobFault } from '../job/faults';
import type { GlexecSettings } from '../job/glexec-mode';
import { errnoText } from '../kernel/errno';
import type { PackedLaunch } from '../kernel/launch';
import { ByteReader } from './byte-reader';
import { GlexecChannel } from './glexec-channel';
import { oneLine, statusWords } from './glexec-script';

const HELLO = 0xdeadbeef;

/** Exit status of gLExec for its own trouble, and for who is not allowed: tried again. */
const AGAIN = [202, 203];
/** What one that never begins counts as, as with the scripts. */
const HUNG = 203;

/** Characters of what the wrapper has to say. */
const SENTENCE_MAX = 4096;

/** What condor_glexec_run is started with, and what it sends. */
export interface GlexecRun {
  readonly settings: GlexecSettings;
  /** condor_glexec_run and its arguments. */
  readonly argv: readonly string[];
  /** V2 raw. */
  readonly environment: string;
  readonly parcel: PackedLaunch['parcel'];
}

/** Why an attempt came to nothing. */
interface Refusal {
  /** gLExec's exit status; undefined where trying again is no use. */
  readonly exit: number | undefined;
  readonly reason: string;
}

type Attempt =
  | { readonly went: 'well'; readonly channel: GlexecChannel }
  | ({ readonly went: 'wrong' } & Refusal);

/** Starts eyrie-init, with as many attempts as the site allows; its channel stays open. */
export async function runByGlexec(
  run: GlexecRun,
  pause: (seconds: number) => Promise<void>,
  log: (sentence: string) => void,
): Promise<GlexecChannel | JobFault> {
  const { retries, retryDelay } = run.settings;
  for (let failures = 1; ; failures += 1) {
    const attempt = await tryOnce(run);
    if (attempt.went === 'well') return attempt.channel;
    const { exit, reason } = attempt;
    if (exit === undefined || !AGAIN.includes(exit)) return fault(reason);
    if (failures > retries) return fault(`${reason} (attempt ${failures} of ${retries + 1})`);
    // As the scripts: the first wait is the delay itself, later ones spread.
    const times = (1 + Math.floor(Math.random() * failures)) % 100;
    log(
      `${reason}; retrying in ${retryDelay * times} s, attempt ${failures + 1} of ${retries + 1}`,
    );
    await pause(retryDelay * times);
  }
}

function fault(reason: string): JobFault {
  return { cause: 'cannotCreateProcess', subcode: 0, reason };
}

async function tryOnce(run: GlexecRun): Promise<Attempt> {
  const started = GlexecChannel.start(run.argv);
  if (!started.ok) {
    const { call, errno } = started.error;
    return { went: 'wrong', exit: undefined, reason: `Cannot ${call}: ${errnoText(errno)}` };
  }
  const channel = started.value;
  const deadline = Date.now() + run.settings.timeout * 1000;
  const refusal = (await greet(run, channel, deadline)) ?? (await speak(run, channel, deadline));
  if (refusal === undefined) return { went: 'well', channel };
  channel.abandon();
  return { went: 'wrong', ...refusal };
}

/** Waits for the hello: who hears it knows that gLExec has let us in. */
async function greet(
  { settings }: GlexecRun,
  channel: GlexecChannel,
  deadline: number,
): Promise<Refusal | undefined> {
  const hello = await channel.reader.take(4, deadline);
  const name = settings.program;
  if (hello === undefined) {
    const ended = await channel.kill();
    const what = `${name} has not begun its work after ${settings.timeout} s (GLEXEC_TIMEOUT)`;
    if (ended) return { exit: HUNG, reason: withWords(what, channel) };
    return { exit: undefined, reason: withWords(`${what}, and cannot be ended`, channel) };
  }
  if (hello.length === 4) {
    if (hello.readUInt32LE(0) === HELLO) return undefined;
    await channel.kill();
    const reason = `condor_glexec_job_wrapper said 0x${hello.toString('hex')} and not hello`;
    return { exit: undefined, reason: withWords(reason, channel) };
  }
  const ended = await channel.endBy(deadline);
  if (ended === undefined) await channel.kill();
  const end = ended?.end;
  const status = end === undefined ? -1 : (end.signal ?? (end.code ?? 0) << 8);
  const reason =
    end === undefined
      ? `${name} let nobody in and does not end`
      : `${name} ${statusWords(status)} (${meaning(end.code)})`;
  return { exit: end?.code, reason: withWords(reason, channel) };
}

/** Hands on environment and parcel, and waits for the exec. */
async function speak(
  run: GlexecRun,
  channel: GlexecChannel,
  deadline: number,
): Promise<Refusal | undefined> {
  const text = Buffer.concat([toBytes(run.environment), Buffer.alloc(1)]);
  const length = Buffer.alloc(4);
  length.writeInt32LE(text.length, 0);
  await channel.write(Buffer.concat([length, text]));
  const sent = await channel.send(run.parcel, deadline);
  const report = sent < 0 ? sent : await channel.sendSocket(deadline);
  if (report < 0) {
    const words = await takeWords(channel.reader, deadline);
    await channel.kill();
    const reason = `Cannot speak to condor_glexec_job_wrapper: ${words || errnoText(-report)}`;
    return { exit: undefined, reason: withWords(reason, channel) };
  }
  channel.reader.close();
  const reader = new ByteReader(report);
  const words = await takeWords(reader, deadline);
  reader.close();
  if (words === '') return undefined;
  await channel.kill();
  return { exit: undefined, reason: withWords(`glexec_job_wrapper error: ${words}`, channel) };
}

/** What comes until the end, without its NUL. */
async function takeWords(reader: ByteReader, deadline: number): Promise<string> {
  const bytes = await reader.take(SENTENCE_MAX, deadline);
  if (bytes === undefined) return 'it neither executes eyrie-init nor says why';
  return bytes.toString().replace(/\0.*$/s, '');
}

function meaning(code: number | undefined): string {
  switch (code) {
    case undefined:
      return 'nobody knows whose signal that was';
    case 201:
      return 'what we asked for was wrong: the proxy, or the command';
    case 202:
      return 'an error inside gLExec: its configuration, or its mapping';
    case 203:
      return 'not authorised, or the mapping was not reached';
    default:
      return 'what it ran failed';
  }
}

function withWords(reason: string, { text }: GlexecChannel): string {
  const words = oneLine(text);
  return words === '' ? reason : `${reason}: ${words}`;
}
