/**
 * A pool that a test plays: the startd and the shadow of one starter, over real sockets. So every
 * end can be brought about, at any step, without HTCondor.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import {
  type CedarConnection,
  CedarSocket,
  CommandServer,
  connectCommand,
  type SecuritySession,
} from '../../../src/condor/cedar';
import type { ClassAd } from '../../../src/condor/classad';
import type { CallName } from '../../../src/condor/shadow/calls';
import { temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';
import { adOf, type Attributes, JOB, MACHINE, VERSION } from './ads';
import { processesOf } from './processes';
import { makeSecrets, type Secrets, secretTexts } from './secrets';
import { PlayedShadow, randomCrypto, type Reactions, shadowEnd } from './shadow';
import { connection, descriptorOf, listening } from './sockets';
import { spawnStarter } from './spawned';
import {
  receiveFiles,
  type ReceivedOutput,
  sendFiles,
  sure,
  type TransferScript,
} from './transfers';

/** How a pool differs from one in which all goes well. */
export interface PoolScript {
  /** The job's program; one that exits at once where undefined. */
  readonly program?: string;
  readonly job?: Attributes;
  readonly knobs?: Readonly<Record<string, string>>;
  readonly reactions?: Reactions;
  readonly input?: TransferScript;
  readonly output?: TransferScript;
  /** False: the startd says nothing of its slot. */
  readonly saysMachine?: boolean;
  /** EXECUTE, where the test has made one of its own. */
  readonly execute?: string;
}

/** How a starter ended. */
export interface StarterEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a starter told its startd. 0: an update, 1: the final one. */
export interface StartdUpdate {
  readonly kind: number;
  readonly ad: ClassAd;
}

/** FILETRANS_UPLOAD and FILETRANS_DOWNLOAD. */
export const INPUT = 61000;
export const OUTPUT = 61001;

/** Seconds in which a starter has to end. */
const PATIENCE = 20;

export class PlayedPool {
  readonly updates: StartdUpdate[] = [];
  readonly outputs: ReceivedOutput[] = [];
  /** The commands of the connections for transfers that came. */
  readonly transfers: number[] = [];
  /** Commands that came to the startd. */
  readonly startdCommands: number[] = [];
  readonly ended: Promise<StarterEnd>;
  private errors = '';

  constructor(
    readonly child: ChildProcess,
    readonly shadow: PlayedShadow,
    readonly secrets: Secrets,
    readonly places: { readonly directory: string; readonly log: string; readonly execute: string },
    private readonly peers: {
      readonly startd: CedarConnection;
      readonly endpoint: number;
      readonly transferAddress: () => string;
    },
  ) {
    this.ended = new Promise((resolve) => {
      child.once('exit', (status, signal) => resolve({ status, signal }));
    });
    child.stderr?.setEncoding('latin1').on('data', (text: string) => (this.errors += text));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The sandbox, while it is there. */
  get sandbox(): string {
    return path.join(this.places.execute, `dir_${this.pid}`);
  }

  /** What the starter has logged, and said to nobody on standard error. */
  starterLog(): string {
    const files = readdirSync(this.places.log).map((name) => path.join(this.places.log, name));
    return files.map((file) => readFileSync(file, 'latin1')).join('') + this.errors;
  }

  /** Waits until the shadow was called so. */
  async called(name: CallName, times = 1): Promise<void> {
    await waitUntil(
      () => this.shadow.names.filter((one) => one === name).length >= times,
      () => `${name}; came: ${this.shadow.names.join()}\n${this.starterLog()}`,
    );
  }

  /** Waits until the log says something. */
  async logged(what: RegExp): Promise<void> {
    await waitUntil(
      () => what.test(this.starterLog()),
      () => `${what.source} in\n${this.starterLog()}`,
    );
  }

  /** Waits until the job's program has said that it runs: by a file in its sandbox. */
  async running(file = 'runs'): Promise<void> {
    await waitUntil(
      () => existsSync(path.join(this.sandbox, file)),
      () => `the job to run\n${this.starterLog()}`,
    );
  }

  /** Ends the startd's connection. */
  closeStartd(): void {
    this.peers.startd.destroy();
  }

  /** Gives a command. */
  command(session: SecuritySession, command: number): ReturnType<typeof connectCommand> {
    return connectCommand({
      address: `<127.0.0.1:${this.peers.endpoint}>`,
      session,
      command,
      ownAddress: '<127.0.0.1:1>',
      version: VERSION,
      timeout: 10,
    });
  }

  /** A connection to the command socket that says nothing yet. */
  connect(): net.Socket {
    return net.connect(this.peers.endpoint, '127.0.0.1').on('error', () => undefined);
  }

  /** DC_RAISESIGNAL. */
  async raise(signal: number): Promise<void> {
    const wire = await sure(this.command(this.secrets.parent, 60000));
    await sure(wire.send((m) => m.int(signal)));
    wire.close();
  }

  /** STARTER_VACATE_JOB; resolves when it was answered. */
  async vacate(code = 1009, soft = true, reason = 'Claim deactivated'): Promise<void> {
    const wire = await sure(this.command(this.secrets.family, 1500));
    await sure(
      wire.send((m) =>
        m
          .string(reason)
          .int(code)
          .int(0)
          .int(soft ? 1 : 0),
      ),
    );
    assert.equal(await sure(wire.receive((m) => m.int(), { timeout: 10 })), 1);
    wire.close();
  }

  /** CA_RECONNECT_JOB, by a new shadow, which answers calls from then on. Gives the answer's ad. */
  async reconnect(attributes: Attributes = {}): Promise<ClassAd> {
    const wire = await sure(this.command(this.secrets.claim, 1200));
    const request = adOf({
      Command: '"CA_RECONNECT_JOB"',
      TransferSocket: JSON.stringify(this.peers.transferAddress()),
      TransferKey: JSON.stringify(this.secrets.transferKey),
      ...attributes,
    });
    await sure(wire.send((m) => m.ad(request)));
    const answer = await sure(wire.receive((m) => m.ad(), { timeout: 10 }));
    if (answer.string('Result') === 'Success') void this.shadow.serve(wire);
    else wire.close();
    return answer;
  }

  /** Waits for the starter's end, and for that of all that it has started. */
  async end(): Promise<StarterEnd> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the starter did not end\n${this.starterLog()}`)),
        PATIENCE * 1000,
      );
    });
    try {
      return await Promise.race([this.ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asserts that nothing is left and no secret was told. */
  async leavesNothing(): Promise<void> {
    assert.deepEqual(readdirSync(this.places.execute), [], 'left in EXECUTE');
    await this.leavesNoProcess();
    this.keepsSecrets();
  }

  async leavesNoProcess(): Promise<void> {
    await waitUntil(
      () => processesOf(this.places.directory, this.pid).length === 0,
      () => `no process; left: ${processesOf(this.places.directory, this.pid).join('; ')}`,
    );
  }

  /** Asserts that no secret is in the log. */
  keepsSecrets(): void {
    const log = this.starterLog();
    for (const secret of secretTexts(this.secrets)) {
      assert.ok(!log.includes(secret), `the log has a secret, ${secret}`);
    }
  }
}

const EXIT_AT_ONCE = '#!/bin/sh\nexit 0\n';

/** Starts one. It ends with the test. */
export async function playPool(t: TestContext, script: PoolScript = {}): Promise<PlayedPool> {
  const secrets = makeSecrets();
  const directory = temporaryDirectory(t);
  const places = {
    directory,
    log: path.join(directory, 'log'),
    execute: script.execute ?? path.join(directory, 'execute'),
    knobs: script.knobs ?? {},
  };
  const crypto = randomCrypto();
  const [startd, shadowEnds] = await Promise.all([connection(), connection()]);
  const transferServer = net.createServer();
  const transferPort = await listening(transferServer);
  const startdServer = net.createServer();
  const startdPort = await listening(startdServer);
  const listener = net.createServer();
  const endpoint = await listening(listener);
  const transferAddress = `<127.0.0.1:${transferPort}>`;
  const jobAd = adOf({
    ...JOB,
    ClaimId: JSON.stringify(`${secrets.claim.id}#[Encryption="YES";]${secrets.claim.key}`),
    TransferKey: JSON.stringify(secrets.transferKey),
    TransferSocket: JSON.stringify(transferAddress),
    ...script.job,
  });
  const child = spawnStarter(
    {
      descriptors: [
        descriptorOf(startd.near),
        descriptorOf(shadowEnds.near),
        descriptorOf(listener),
      ],
      startdPort,
      secrets,
      crypto,
    },
    places,
  );
  for (const end of [startd.near, shadowEnds.near]) end.destroy();
  listener.close();
  const shadow = new PlayedShadow(jobAd, secrets, script.reactions ?? (() => 'answer'));
  const startdFar = new CedarSocket(startd.far, 'the starter');
  const pool = new PlayedPool(child, shadow, secrets, places, {
    startd: startdFar,
    endpoint,
    transferAddress: () => transferAddress,
  });
  t.after(() => {
    child.kill('SIGKILL');
    for (const server of [transferServer, startdServer]) server.close();
    startdFar.destroy();
    shadow.connection?.destroy();
  });
  if (script.saysMachine !== false) {
    void startdFar.send((m) => m.ad(adOf(MACHINE)).ad(adOf({})));
  }
  void takeUpdates(startdFar, pool);
  void shadow.serve(shadowEnd(shadowEnds.far, secrets.shadowKey, crypto));
  serveTransfers(transferServer, pool, script);
  serveStartd(startdServer, pool);
  return pool;
}

async function takeUpdates(startd: CedarConnection, pool: PlayedPool): Promise<void> {
  for (;;) {
    const update = await startd.receive((m) => ({ kind: m.int(), ad: m.ad() }));
    if (!update.ok) return;
    pool.updates.push(update.value);
  }
}

/** Child-alive messages. */
function serveStartd(server: net.Server, pool: PlayedPool): void {
  const commands = new CommandServer({
    version: VERSION,
    findSession: (id) => (id === pool.secrets.parent.id ? pool.secrets.parent : undefined),
    mayUse: () => true,
    handle(wire, _, command) {
      pool.startdCommands.push(command);
      void wire.ended.then(() => wire.close());
    },
  });
  server.on('connection', (socket) => commands.accept(socket));
}

function serveTransfers(server: net.Server, pool: PlayedPool, script: PoolScript): void {
  const { fileTransfer, transferKey } = pool.secrets;
  const input: TransferScript =
    script.input ??
    ((wire) => sendFiles(wire, [{ name: 'run.sh', contents: script.program ?? EXIT_AT_ONCE }]));
  const output: TransferScript =
    script.output ?? (async (wire) => void pool.outputs.push(await receiveFiles(wire)));
  const commands = new CommandServer({
    version: VERSION,
    findSession: (id) => (id === fileTransfer.id ? fileTransfer : undefined),
    mayUse: () => true,
    handle: (wire, _, command) => void handle(wire, command),
  });
  async function handle(wire: CedarConnection, command: number): Promise<void> {
    const attempt = pool.transfers.filter((one) => one === command).length;
    pool.transfers.push(command);
    try {
      assert.equal(await sure(wire.receive((m) => m.string())), transferKey);
      await (command === INPUT ? input : output)(wire, attempt);
      wire.close();
    } catch {
      // The starter has let go, or the script breaks it off.
      wire.destroy();
    }
  }
  server.on('connection', (socket) => commands.accept(socket));
}
