/** Eyrie, as `make` built it, or the one that the environment's EYRIE names. */
import { mkdirSync } from 'node:fs';
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

export function command({ work, situation, image, jobAd, result }) {
  return {
    argv: [
      EYRIE,
      ...['run', '-t'],
      ...['--execute', `${work}/eyrie/execute`, '--result', result],
      ...KNOBS[situation](image).flatMap((knob) => ['--set', knob]),
      jobAd,
    ],
    env: {},
    result,
  };
}
