/** The control endpoint of a procd, from its start to its end. */
import { takeLock } from '../../family/server/lock-file';
import { accountById, accountByName } from '../../kernel/accounts';
import { errnoText } from '../../kernel/errno';
import { type FrontChannel, startFront } from '../../kernel/front-channel';
import type { FrontLimits } from '../../kernel/front-records';
import { err, ok, type Result } from '../../result';
import { type ListRules, TrustedList } from '../../trusted-list';
import { VERSION } from '../../version';
import { activatedSockets } from './activation';
import { AuditLog } from './audit';
import { FRAME_MAX } from './frames';
import { Gate } from './gate';
import { type OpenSockets, openSockets, prepareDirectory } from './listen';
import { ownPart } from './own-operations';
import { ControlServer } from './server';
import type { ControlSettings } from './settings';
import type { Audit, ControlPart } from './types';

/** How much of clients is taken. */
export const LIMITS: FrontLimits = {
  frameBytes: FRAME_MAX,
  connections: 1024,
  perUser: 512,
  frameMs: 10_000,
  lingerMs: 1000,
  outputBytes: 4 * FRAME_MAX,
};

/** Milliseconds that another daemon may take to end whose place this one takes. */
const PATIENCE = 3000;

/** Milliseconds between two starts of a front. */
const RESTART_AFTER = 1000;

/** What the parts of the daemon are made with. */
export interface PartTools {
  readonly settings: ControlSettings;
  readonly audit: Audit;
  /** Writes a line to procd's log. */
  readonly log: (line: string) => void;
  /** What a list of accounts is read with: for the users file. */
  readonly usersRules: ListRules;
}

/** What the endpoint needs of the procd that it belongs to. */
export interface ControlWorld {
  readonly log: (line: string) => void;
  /** Of the pipes: a release of HTCondor. */
  readonly dialect: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Makes the parts that offer operations. */
  readonly makeParts: (tools: PartTools) => Promise<Result<readonly ControlPart[], string>>;
}

/**
 * Starts the endpoint.
 *
 * @returns a sentence where it cannot: a file that cannot be trusted, a socket that another one serves
 */
export async function startControl(
  settings: ControlSettings,
  world: ControlWorld,
): Promise<Result<Control, string>> {
  const activated = activatedSockets(world.environment, process.pid);
  if (!activated.ok) return activated;
  const prepared = prepareDirectory(settings.socket);
  if (!prepared.ok) return prepared;
  const lock = await takeLock(settings.socket, PATIENCE);
  if (!lock.ok) return lock;
  if (lock.value === 'held') return err(`another daemon serves ${settings.socket}`);
  const clients = TrustedList.open(listRules(settings.clients, settings.minimumClient));
  if (!clients.ok) return clients;
  const users = listRules(settings.users, settings.minimumUid);
  const usersNow = TrustedList.open(users);
  if (!usersNow.ok) return usersNow;
  const audit = AuditLog.open(settings.audit);
  if (!audit.ok) return audit;
  const { log } = world;
  const gate = new Gate(clients.value, log);
  const tools: PartTools = { settings, audit: audit.value, log, usersRules: users };
  const made = await world.makeParts(tools);
  if (!made.ok) return made;
  const sockets = openSockets(settings, activated.value);
  if (!sockets.ok) return sockets;
  const control = new Control({
    ...{ world, gate, audit: audit.value, sockets: sockets.value, parts: made.value },
  });
  const begun = control.begin();
  if (!begun.ok) return begun;
  for (const warning of gate.reload()) log(warning);
  log(`control: ${settings.socket}${activated.value === undefined ? '' : ', of systemd'}`);
  return ok(control);
}

function listRules(path: string, minimum: number): ListRules {
  return { path, minimum, accountByName, accountById };
}

interface ControlParts {
  readonly world: ControlWorld;
  readonly gate: Gate;
  readonly audit: AuditLog;
  readonly sockets: OpenSockets;
  readonly parts: readonly ControlPart[];
}

/** The endpoint, as long as it is served. */
export class Control {
  readonly #server: ControlServer;
  #front: FrontChannel | undefined;
  #startedAt = 0;
  #isEnding = false;
  readonly #hangUp = (): void => {
    for (const warning of this.reload()) this.made.world.log(warning);
  };

  constructor(private readonly made: ControlParts) {
    const { audit, gate, parts, world } = made;
    const { dialect } = world;
    const own = ownPart({ version: VERSION, dialect, reload: () => this.reload() });
    this.#server = new ControlServer({ parts: [own, ...parts], gate, audit, bug: world.log }, () =>
      this.#restartFront(),
    );
  }

  /** Serves from now on. */
  begin(): Result<void, string> {
    const started = this.#startFront();
    if (started.ok) process.on('SIGHUP', this.#hangUp);
    return started;
  }

  /** Reads all files again, and begins a new audit log. @returns sentences: warnings */
  reload(): readonly string[] {
    const { audit, gate, parts } = this.made;
    const reopened = audit.reopen();
    return [
      ...(reopened.ok ? [] : [`nothing can be changed: ${reopened.error}`]),
      ...gate.reload(),
      ...parts.flatMap((part) => part.reload?.() ?? []),
    ];
  }

  /** Serves no longer. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    process.off('SIGHUP', this.#hangUp);
    this.made.sockets.remove();
    this.#front?.end();
    this.#server.end();
    for (const part of this.made.parts) await part.close?.();
    this.made.audit.close();
  }

  #startFront(): Result<void, string> {
    this.#startedAt = performance.now();
    const started = startFront(this.made.sockets, LIMITS, this.#server);
    if (!started.ok) return err(`cannot ${started.error.call}: ${errnoText(started.error.errno)}`);
    this.#front = started.value;
    this.#server.serve(started.value);
    return ok(undefined);
  }

  /** The sockets stay: whoever connects meanwhile waits for the next front. */
  #restartFront(): void {
    if (this.#isEnding) return;
    this.made.world.log('eyrie-control is gone: another one is started');
    const wait = Math.max(0, this.#startedAt + RESTART_AFTER - performance.now());
    setTimeout(() => {
      if (this.#isEnding) return;
      const started = this.#startFront();
      if (started.ok) return;
      this.made.world.log(started.error);
      this.#restartFront();
    }, wait);
  }
}
