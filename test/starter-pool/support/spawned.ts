/** Spawns the built starter as a startd does: with sockets, keys, and a configuration. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CLEAN_ENVIRONMENT } from '../../support/command';
import { program } from '../../support/eyrie';
import { TREE } from '../../support/root';
import { VERSION } from './ads';
import type { Secrets } from './secrets';
import type { CryptoState } from './shadow';

/** What is handed down. */
export interface Inheritance {
  /** Of the three descriptors: startd, shadow, command socket. */
  readonly descriptors: readonly [number, number, number];
  readonly startdPort: number;
  readonly secrets: Secrets;
  readonly crypto: CryptoState;
}

/** Where the starter finds what it needs. */
export interface Places {
  /** For the configuration. */
  readonly directory: string;
  readonly log: string;
  readonly execute: string;
  readonly knobs: Readonly<Record<string, string>>;
}

const SUPPORT = path.join(TREE, 'test/starter-pool/support');

/** The descriptors in the starter, which come after the standard streams. */
const STARTD = 3;
const SHADOW = 4;
const ENDPOINT = 5;

/** Starts it. Its process id stays when it becomes the starter. */
export function spawnStarter(inheritance: Inheritance, places: Places): ChildProcess {
  const answer = path.join(places.directory, 'answer');
  writeFileSync(answer, configurationOf(places));
  mkdirSync(places.log, { recursive: true });
  const argv = [
    ...['--mount', '--propagation', 'private', path.join(SUPPORT, 'begin.sh')],
    ...[path.join(SUPPORT, 'condor_config_val.sh'), answer],
    ...[program('condor_starter'), '-f', '-a', 'slot1_1', 'submit.example.org'],
  ];
  return spawn('unshare', argv, {
    cwd: places.log,
    env: { ...CLEAN_ENVIRONMENT, ...environmentOf(inheritance) },
    stdio: ['ignore', 'pipe', 'pipe', ...inheritance.descriptors],
  });
}

function environmentOf({ crypto, secrets, startdPort }: Inheritance): Record<string, string> {
  const startd = `<127.0.0.1:${startdPort}>`;
  const sockets = `1 ${startdSocket(startd)} 1 ${shadowSocket(secrets.shadowKey, crypto)} 0`;
  const endpoint = `1 ${ENDPOINT}*6*0*0*0*0***1**0*0*0*0*0*0*0* 0`;
  const policy = '[Integrity="YES";Encryption="YES";CryptoMethodsList="AES.BLOWFISH";]';
  const { family, parent } = secrets;
  return {
    CONDOR_INHERIT: `${process.pid} ${startd} ${sockets} ${endpoint}`,
    CONDOR_PRIVATE_INHERIT:
      ` SessionKey:${parent.id}#${policy}${parent.key}` +
      ` FamilySessionKey:${family.id}#${policy}${family.key}`,
  };
}

function startdSocket(address: string): string {
  return `${STARTD}*3*0*0*0*0***0*${address}*0*0*0*0*0*0*0*`;
}

function shadowSocket(key: Buffer, crypto: CryptoState): string {
  const state = Buffer.alloc(40);
  state.writeUInt32LE(crypto.sent, 0);
  state.writeUInt32LE(crypto.received, 4);
  crypto.sendIv.copy(state, 8);
  crypto.receiveIv.copy(state, 24);
  const version = VERSION.replaceAll(' ', '_');
  const head = `${SHADOW}*3*20*1*0*${version.length}**${version}*0*<127.0.0.1:9618>`;
  return `${head}*64*3*1*${state.toString('hex')}*${key.toString('hex')}*1*1*1*1*0*0*`;
}

/** As `condor_config_val -config -dump -expanded -verbose` says it. */
function configurationOf({ directory, execute, knobs, log }: Places): string {
  const all: Readonly<Record<string, string>> = {
    LOCAL_DIR: directory,
    EXECUTE: execute,
    LOG: log,
    STARTER_LOG: path.join(log, 'StarterLog'),
    STARTER_DEBUG: 'D_ALL:2',
    UID_DOMAIN: 'worker',
    FILESYSTEM_DOMAIN: 'worker',
    ...knobs,
  };
  const lines = Object.entries(all).map(
    ([name, value]) => `${name} = ${value}\n # at: test, line 1\n`,
  );
  return `Configuration source:\n\n# Configuration from machine: worker\n${lines.join('')}`;
}
