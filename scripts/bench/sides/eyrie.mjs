/** Eyrie, as `make` built it, or the one that the environment's EYRIE names. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const name = 'Eyrie';

const EYRIE = process.env.EYRIE ?? path.resolve(import.meta.dirname, '../../../dist/bin/eyrie');

export function missing() {
  return undefined;
}

export function prepare({ work }) {
  mkdirSync(`${work}/eyrie/execute`, { recursive: true, mode: 0o755 });
}

const KNOBS = {
  bare: () => ['USE_PID_NAMESPACES=false', 'MOUNT_UNDER_SCRATCH='],
  namespaces: () => ['USE_PID_NAMESPACES=true', 'MOUNT_UNDER_SCRATCH="/tmp,/var/tmp"'],
  chroot: (image) => ['USE_PID_NAMESPACES=false', `NAMED_CHROOT=bench=${image}`],
};

/** A procd that was started for one measurement, which the next one shall not find. */
const ownProcd = (work) => `${work}/eyrie/procd`;

/** Ends that procd, where the next measurement is of a job for which one must be started. */
export function ready({ work }) {
  const lock = `${ownProcd(work)}.lock`;
  const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
  if (pid === 0 || !existsSync(`/proc/${pid}`)) return;
  process.kill(pid, 'SIGTERM');
  while (existsSync(`/proc/${pid}`)) spawnSync('sleep', ['0.01']);
}

export const cleanUp = ready;

/**
 * @param cold whether no procd is there yet
 */
export function command({ work, situation, image, jobAd, result, cold = false }) {
  const procd = cold ? [`PROCD_ADDRESS=${ownProcd(work)}`] : [];
  return {
    argv: [
      EYRIE,
      ...['run', '-t'],
      ...['--execute', `${work}/eyrie/execute`, '--result', result],
      ...[...KNOBS[situation](image), ...procd].flatMap((knob) => ['--set', knob]),
      jobAd,
    ],
    env: {},
    result,
  };
}
