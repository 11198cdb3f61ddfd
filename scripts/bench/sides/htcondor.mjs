/**
 * HTCondor's own condor_starter, by hand (no shadow), in a folder made with debootstrap that has
 * the `condor` package: CONDOR_ROOT. Root only: it must change its root directory to run there,
 * and its user ids to run jobs as it does in a pool.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const name = "HTCondor's condor_starter";

const STARTER = '/usr/sbin/condor_starter';

/** Where HTCondor is: the root of the test pools, unless somebody names another one. */
function condorRoot() {
  const pools = process.env.EYRIE_POOLS ?? '/var/tmp/eyrie-pools';
  return process.env.CONDOR_ROOT ?? path.join(pools, 'trixie/root');
}

/** Why it cannot be measured here; undefined: it can. */
export function missing() {
  const starter = path.join(condorRoot(), STARTER);
  if (!existsSync(starter)) return `${starter} is not there: make pool, or set CONDOR_ROOT`;
  if (process.getuid() !== 0) return 'it needs root, to run in CONDOR_ROOT';
  return undefined;
}

/** Mounts the folder and, at its own path in it, the work directory; in our mount namespace. */
export function prepare({ work, image }) {
  const root = condorRoot();
  mkdirSync(path.join(root, work), { recursive: true });
  mount('--bind', root, root);
  mount('-t', 'proc', 'proc', path.join(root, 'proc'));
  mount('--bind', '/dev', path.join(root, 'dev'));
  mount('--bind', work, path.join(root, work));
  for (const directory of ['execute', 'log', 'spool', 'lock'])
    mkdirSync(path.join(work, 'htcondor', directory), { recursive: true, mode: 0o755 });
  // It makes the sandbox's directory in the image, but not what is above it.
  mkdirSync(path.join(image, work, 'htcondor/execute'), { recursive: true, mode: 0o755 });
  const knobs = {
    bare: ['USE_PID_NAMESPACES = false', 'MOUNT_UNDER_SCRATCH ='],
    namespaces: ['USE_PID_NAMESPACES = true', 'MOUNT_UNDER_SCRATCH = "/tmp,/var/tmp"'],
    chroot: ['USE_PID_NAMESPACES = false', `NAMED_CHROOT = bench=${image}`],
  };
  for (const [situation, lines] of Object.entries(knobs))
    writeFileSync(`${work}/htcondor/${situation}.config`, configuration(`${work}/htcondor`, lines));
}

function mount(...args) {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot mount ${args.join(' ')}: ${stderr.trim()}`);
}

function configuration(directory, lines) {
  return `RELEASE_DIR = /usr
LOCAL_DIR = ${directory}
LOG = ${directory}/log
SPOOL = ${directory}/spool
LOCK = ${directory}/lock
EXECUTE = ${directory}/execute
BIN = /usr/bin
LIBEXEC = /usr/libexec/condor
CONDOR_HOST = 127.0.0.1
NETWORK_INTERFACE = 127.0.0.1
CONDOR_IDS = 0.0
UID_DOMAIN = bench.example.org
USE_PROCD = false
USE_SHARED_PORT = false
STARTER_SLOT_NAME = slot1
${lines.join('\n')}
`;
}

/** How a job is run; `result` is where its result ad goes. */
export function command({ work, situation, jobAd, result }) {
  return {
    root: condorRoot(),
    argv: [
      STARTER,
      // -t: with a log file its child ends before exec when that file is not in the image.
      ...['-f', '-t'],
      ...['-job-input-ad', jobAd, '-job-output-ad', result],
      ...['-job-cluster', '1', '-job-proc', '0'],
    ],
    env: { CONDOR_CONFIG: `${work}/htcondor/${situation}.config` },
    result,
  };
}

/** Takes the work directory's mount point out of the folder again. */
export function cleanUp({ work }) {
  const mountPoint = path.join(condorRoot(), work);
  spawnSync('umount', [mountPoint]);
  rmdirSync(mountPoint);
}
