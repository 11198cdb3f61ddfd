/** What is measured in a pool. Each takes a pool and the tests' own tools, and gives a number. */
import { readFileSync, readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findJob, memoryBesideJob } from './memory.mjs';

/** Jobs that a throughput is taken from. */
const MANY = 15;
/** Files each way, and bytes of the big one. */
const FILES = 2000;
const GIB = 2 ** 30;
/** Seconds until a starter whose job sleeps has given back what it can do without. */
const SETTLED = 12;

const numbersOf = (pool, job) => pool.events(job).map(({ number }) => number);

/** Seconds from the activation of the claim, as the startd logs it, to the job's first line. */
async function activationToExec(pool, { runScript }) {
  const { job } = await runScript(pool, 'date +%s.%N', {
    lines: 'transfer_input_files = in',
    files: { in: 'a few bytes\n' },
  });
  const lines = pool.log('StartLog').match(/^.*Got activate_claim request.*$/gm);
  const [, month, day, year, time] = /^(\d+)\/(\d+)\/(\d+) (\S+)/.exec(lines.at(-1));
  const activated = Date.parse(`20${year}-${month}-${day}T${time}Z`) / 1000;
  return Number(pool.read(job, 'out')) - activated;
}

/** Jobs a second through one slot: from the first job's start to the last one's end. */
function throughput(shouldTransfer) {
  return async (pool, { waitUntil }) => {
    const job = await pool.submit(
      `executable = /bin/true
       transfer_executable = false
       should_transfer_files = ${shouldTransfer}
       queue ${MANY}`,
    );
    const count = (number) => numbersOf(pool, job).filter((each) => each === number).length;
    await waitUntil(() => count(1) > 0, 'the first job', 30);
    const start = performance.now();
    await waitUntil(() => count(5) === MANY, 'the last job', 120);
    return ((MANY - 1) * 1000) / (performance.now() - start);
  };
}

/** Seconds between two events of file transfer, as the job's log tells them. */
async function transferTime(pool, job, direction, { waitUntil }) {
  const has = (what) => pool.events(job).some(({ text }) => text.startsWith(what));
  const until = (what) => waitUntil(() => has(what), what, 300);
  await until(`Started transferring ${direction} files`);
  const start = performance.now();
  await until(`Finished transferring ${direction} files`);
  const seconds = (performance.now() - start) / 1000;
  await pool.wait(job, 'completed', 120);
  return seconds;
}

const big = (pool) => {
  const file = path.join(pool.directory, 'submit/big');
  writeFileSync(file, '');
  truncateSync(file, GIB);
};

async function bigIn(pool, tools) {
  big(pool);
  const lines = 'transfer_input_files = /pool/submit/big\ntransfer_output_files = ""';
  const job = await tools.submitScript(pool, 'exit 0', { lines });
  return transferTime(pool, job, 'input', tools);
}

async function bigOut(pool, tools) {
  const job = await tools.submitScript(pool, `truncate -s ${GIB} big`);
  return transferTime(pool, job, 'output', tools);
}

async function manyIn(pool, tools) {
  const names = Array.from({ length: FILES }, (_, index) => `many/${index}`);
  const job = await tools.submitScript(pool, 'exit 0', {
    lines: 'transfer_input_files = many\ntransfer_output_files = ""',
    files: Object.fromEntries(names.map((name) => [name, name])),
  });
  return transferTime(pool, job, 'input', tools);
}

async function manyOut(pool, tools) {
  const script = `mkdir many; i=0; while [ $i -lt ${FILES} ]; do echo $i >many/$i; i=$((i+1)); done`;
  const job = await tools.submitScript(pool, script, { lines: 'transfer_output_files = many' });
  return transferTime(pool, job, 'output', tools);
}

/** The number outside of a process inside. */
function outsidePid(pool, inner) {
  const namespace = readlinkSync(`/proc/${pool.namespace.pid}/ns/pid`);
  const isIt = (pid) => {
    try {
      const [, numbers] = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
      const isInside = readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
      return isInside && Number(numbers.trim().split(/\s+/).at(-1)) === inner;
    } catch {
      return false; // it ended meanwhile
    }
  };
  return Number(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .find(isIt),
  );
}

/** MiB that only the starter and its helpers have while the job sleeps. */
async function memory(pool, { startLongJob }) {
  const long = await startLongJob(pool, 'exec sleep 600');
  const pid = outsidePid(pool, long.starterPid());
  await new Promise((resolve) => setTimeout(resolve, SETTLED * 1000));
  const kib = memoryBesideJob(pid, findJob(pid, 'sleep'));
  await pool.ask('condor_rm', [long.job.id]);
  await long.gone();
  return kib / 1024;
}

/** Name with unit, rounds, and how it is measured; `more`: more is better. */
export const MEASURES = [
  { name: 'claim activated to exec, s', rounds: 10, measure: activationToExec },
  { name: 'jobs a second, with transfer', rounds: 3, more: true, measure: throughput('YES') },
  { name: 'jobs a second, without', rounds: 3, more: true, measure: throughput('NO') },
  { name: '1 GiB in, s', rounds: 3, measure: bigIn },
  { name: '1 GiB out, s', rounds: 3, measure: bigOut },
  { name: `${FILES} files in, s`, rounds: 3, measure: manyIn },
  { name: `${FILES} files out, s`, rounds: 3, measure: manyOut },
  { name: 'private memory, job asleep, MiB', rounds: 3, measure: memory },
];
