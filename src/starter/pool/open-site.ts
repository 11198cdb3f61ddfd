/**
 * The place of a starter in its pool, from what the startd handed down: configuration, log, host,
 * EXECUTE.
 */
import { parseSinful } from '../../condor/cedar';
import { readPoolConfig } from '../../condor/config/read-pool';
import { sortEnvironment, type StarterEnvironment } from '../../condor/startd/environment';
import { parseInheritance } from '../../condor/startd/inherit';
import { ownAddress } from '../../condor/startd/own-address';
import { readStarterKnobs } from '../../condor/startd/starter-knobs';
import type { Inheritance } from '../../condor/startd/types';
import { accountByName } from '../../kernel/accounts';
import { localPort } from '../../kernel/border-sockets';
import { type GlexecSettings, readGlexec } from '../../job/glexec-mode';
import type { Logger } from '../../log';
import { err, ok, type Result } from '../../result';
import { EVALUATION_HOST } from '../evaluation-host';
import { openHostView } from '../host-view';
import { type LogSettings, openStarterLog } from '../open-log';
import { choosePrivilegedSteps } from '../privileged-steps';
import { usesDaemon } from '../leased/choice';
import { poolProcd } from '../procd-settings';
import type { PoolSite } from './site';

/** What the command line says. */
export interface PoolOptions extends LogSettings {
  readonly localName: string | undefined;
  /** `slot1_2`: for the log's name. */
  readonly slot: string | undefined;
  /** Oddities of the command line, for the log. */
  readonly warnings: readonly string[];
  logOpened(log: Logger): void;
}

/** Sorts this process's environment, and keeps of it what is nobody's secret. */
export function takeEnvironment(): StarterEnvironment {
  const environment = sortEnvironment(process.env);
  for (const name of environment.wiped) Reflect.deleteProperty(process.env, name);
  return environment;
}

/**
 * Reads the configuration, opens the log and looks at the host.
 *
 * @returns sentences that say what is wrong; they are in the log too, where there is one
 */
export function openSite(
  options: PoolOptions,
  environment: StarterEnvironment,
): Result<PoolSite, readonly string[]> {
  const { inherit, privateInherit } = environment;
  const inheritance = parseInheritance({ inherit, privateInherit });
  if (!inheritance.ok) return err([inheritance.error]);
  const config = readPoolConfig({
    localName: options.localName,
    environment: environment.configuration,
    parentPid: inheritance.value.parentPid,
    parentId: environment.parentId,
    host: EVALUATION_HOST,
  });
  if (!config.ok) return err(config.error.map(({ message }) => message));
  const log = openStarterLog(config.value.config, options, { slot: options.slot });
  if (!log.ok) return err([log.error]);
  options.logOpened(log.value);
  for (const warning of options.warnings) log.value.always(warning);
  log.value.debug('D_FULLDEBUG', () => `Configuration from ${config.value.from}`);
  const glexec = findGlexec(config.value.config);
  if (!glexec.ok) {
    log.value.error(glexec.error);
    return err([glexec.error]);
  }
  const tools = { glexec: glexec.value, log: log.value };
  const place = findPlace(inheritance.value, config.value.config, tools);
  if (!place.ok) {
    log.value.error(place.error);
    return err([place.error]);
  }
  // The process control daemon is one itself.
  const procd =
    place.value.mode === 'daemon'
      ? ok(undefined)
      : poolProcd(config.value.config, environment.procdAddress, glexec.value);
  if (!procd.ok) {
    log.value.error(procd.error);
    return err([procd.error]);
  }
  return ok({
    ...place.value,
    procd: procd.value,
    config: config.value.config,
    log: log.value,
    sandboxName: `dir_${process.pid}`,
    inheritance: inheritance.value,
    assignedCpus: environment.assignedCpus,
    environment: { ...environment.inheritable, ...environment.ancestors },
  });
}

type Place = Pick<
  PoolSite,
  | 'host'
  | 'steps'
  | 'glexec'
  | 'mode'
  | 'knobs'
  | 'account'
  | 'executeDirectory'
  | 'ownAddress'
  | 'ownHost'
>;

function findGlexec(config: PoolSite['config']): Result<GlexecSettings | undefined, string> {
  const host = openHostView();
  if (!host.ok) return host;
  const glexec = readGlexec(config, host.value);
  return glexec.ok ? glexec : err(glexec.error.message);
}

/** Looks at the host, and for EXECUTE. */
function findPlace(
  inheritance: Inheritance,
  config: PoolSite['config'],
  { glexec, log }: { readonly glexec: GlexecSettings | undefined; readonly log: Logger },
): Result<Place, string> {
  const host = openHostView();
  if (!host.ok) return host;
  const address = ownAddress(inheritance, listeningPort(inheritance));
  if (!address.ok) return err(`Cannot tell this starter's address: ${address.error}`);
  const sinful = parseSinful(address.value);
  if (!sinful.ok) return err(`Cannot tell this starter's address: ${sinful.error}`);
  const knobs = readStarterKnobs(config);
  if (!knobs.ok) return err(knobs.error.message);
  const daemon = usesDaemon(config);
  if (!daemon.ok) return daemon;
  const rootless = knobs.value.useUserNamespaces ? 'rootless' : 'unprivileged';
  const own = host.value.privileged ? 'root' : rootless;
  const steps = choosePrivilegedSteps(host.value, glexec, log);
  if (!steps.ok) return steps;
  const execute = config.path('EXECUTE');
  if (!execute.ok) return err(execute.error.message);
  if (execute.value === undefined) return err('The knob EXECUTE is empty; name a directory');
  const account = poolAccount(config);
  const trusted = account === undefined ? [] : [account.uid];
  const prepared = steps.value.prepareExecuteDirectory(execute.value, trusted);
  if (!prepared.ok) return err(prepared.error.message);
  return ok({
    host: host.value,
    steps: steps.value,
    glexec: glexec !== undefined,
    mode: daemon.value ? 'daemon' : own,
    knobs: knobs.value,
    account,
    executeDirectory: execute.value,
    ownAddress: address.value,
    ownHost: sinful.value.host,
  });
}

/** CONDOR_IDS, else the account condor; undefined: there is none. */
function poolAccount(config: PoolSite['config']): PoolSite['account'] {
  const ids = config.string('CONDOR_IDS');
  if (ids === undefined) return accountByName('condor');
  const [, uid, gid] = /^(\d{1,9})[.:](\d{1,9})$/.exec(ids) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** The port of a listening socket of our own; undefined: the shared port daemon listens for us. */
function listeningPort({ endpoint }: Inheritance): number | undefined {
  if (endpoint.kind !== 'tcp') return undefined;
  const port = localPort(endpoint.descriptor);
  return port < 0 ? undefined : port;
}
