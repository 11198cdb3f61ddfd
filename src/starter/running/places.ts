/**
 * Where records of running jobs are: /run/eyrie/jobs for root; for an ordinary user
 * $XDG_RUNTIME_DIR/eyrie/jobs, where a session has one, else /tmp/eyrie-UID/jobs.
 */
import fs from 'node:fs';
import path from 'node:path';
import { runtimeDirectory } from '../../runtime-directory';

/** Where this process writes: made where it is missing by whoever writes. */
export function ownPlace(): string {
  return path.join(runtimeDirectory(process.env), 'jobs');
}

/**
 * Where this process reads: root in every user's place that is where it is usually, an ordinary user in
 * his own, of whichever of his sessions.
 */
export function readablePlaces(): readonly string[] {
  const uid = process.geteuid?.() ?? 0;
  const places =
    uid === 0
      ? [ownPlace(), ...everyUsersPlaces()]
      : [ownPlace(), `/run/user/${uid}/eyrie/jobs`, `/tmp/eyrie-${uid}/jobs`];
  return [...new Set(places)];
}

/** In /tmp a directory's name says whose it claims to be: the records' owners are what counts. */
function everyUsersPlaces(): readonly string[] {
  return [
    ...entries('/run/user').map((name) => `/run/user/${name}/eyrie/jobs`),
    ...entries('/tmp')
      .filter((name) => /^eyrie-\d+$/.test(name))
      .map((name) => `/tmp/${name}/jobs`),
  ];
}

function entries(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}
