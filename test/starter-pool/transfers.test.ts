/** File transfer with peers that stall, break off, refuse, and with a disk that is full. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { stretched } from '../support/wait';
import { adOf } from './support/ads';
import { OUTPUT, type PlayedPool, playPool } from './support/pool';
import { processesOf } from './support/processes';
import { listening } from './support/sockets';
import { receiveFiles, sendFiles, sure } from './support/transfers';

const skip = skipIf(needsRoot() ?? needsProduct());

const QUICK = '#!/bin/sh\necho done\n';
const MIB = 2 ** 20;

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(10);
}

/** A directory on a file system of 2 MiB. */
function smallDisk(t: TestContext): string {
  const directory = mkdtempSync('/var/tmp/eyrie-test-');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=755', 'none', directory]);
  t.after(() => {
    execFileSync('umount', ['-l', directory]);
    rmdirSync(directory);
  });
  return directory;
}

/** The hold code, sub-code and words of the last error event. */
function verdict(pool: PlayedPool): readonly [number | undefined, number | undefined, string] {
  const ad = pool.shadow.last('logEvent')?.values[0];
  assert.ok(typeof ad === 'object', pool.shadow.names.join());
  const words = ad.string('ErrorMsg') ?? '';
  return [ad.integer('HoldReasonCode'), ad.integer('HoldReasonSubCode'), words];
}

async function ends(pool: PlayedPool, status = 0): Promise<void> {
  assert.deepEqual(await pool.end(), { status, signal: null }, pool.starterLog());
  await pool.leavesNothing();
}

describe('the input of a job', { skip, concurrency: 4 }, () => {
  test('comes at the second attempt where the first one breaks off', async (t) => {
    const pool = await playPool(t, {
      input: async (wire, attempt) => {
        if (attempt === 0) {
          await sure(wire.send((m) => m.int(0).ad(adOf({ SandboxSize: '1' }))));
          throw new Error('broken off');
        }
        await sendFiles(wire, [{ name: 'run.sh', contents: QUICK }]);
      },
    });
    await ends(pool);
    assert.deepEqual(pool.shadow.last('jobExit')?.values.slice(0, 2), [0, 100]);
  });

  test('that the sender cannot read holds the job with its code, and nobody waits for the shadow to hang up', async (t) => {
    const report = adOf({
      Result: '-1',
      HoldReasonCode: '13',
      HoldReasonSubCode: '2',
      HoldReason: '"SHADOW failed to send: |Error: reading from file /x: No such file"',
    });
    const before = performance.now();
    const pool = await playPool(t, { input: (wire) => sendFiles(wire, [], report) });
    await ends(pool);
    assert.deepEqual(verdict(pool).slice(0, 2), [13, 2]);
    const took = performance.now() - before;
    assert.ok(took < stretched(10) * 1000, `it took ${took} ms`);
  });

  test('whose names lead out of the sandbox holds the job, and nothing is written', async (t) => {
    const pool = await playPool(t, {
      input: (wire) => sendFiles(wire, [{ name: '../../escaped', contents: 'x' }]),
    });
    await ends(pool);
    assert.deepEqual(verdict(pool).slice(0, 2), [12, 1]);
    assert.deepEqual(readdirSync(pool.places.directory).sort(), ['answer', 'execute', 'log']);
  });

  test('that does not fit on the disk holds the job', async (t) => {
    const execute = smallDisk(t);
    const files = [
      { name: 'run.sh', contents: QUICK },
      { name: 'large', contents: 8 * MIB },
    ];
    const pool = await playPool(t, { execute, input: (wire) => sendFiles(wire, files) });
    await ends(pool);
    const [code, subcode, words] = verdict(pool);
    assert.deepEqual([code, subcode], [12, 28], words);
    assert.match(words, /\|Error: writing to file .*large: .*No space left on device/);
  });

  test('for which there is no room at all sends the job to another machine', async (t) => {
    const execute = smallDisk(t);
    writeFileSync(`${execute}/filled`, Buffer.alloc(2 * MIB));
    const pool = await playPool(t, { execute });
    assert.deepEqual(await pool.end(), { status: 0, signal: null }, pool.starterLog());
    const [code, subcode, words] = verdict(pool);
    assert.deepEqual([code, subcode], [1024, 28], words);
    assert.deepEqual(readdirSync(execute), ['filled']);
    await pool.leavesNoProcess();
  });

  test('is given up at once where the shadow takes connections and says nothing', async (t) => {
    const silent = net.createServer();
    const port = await listening(silent);
    const taken: net.Socket[] = [];
    silent.on('connection', (socket) => taken.push(socket.on('error', () => undefined)));
    t.after(() => {
      for (const socket of taken) socket.destroy();
      silent.close();
    });
    const pool = await playPool(t, { job: { TransferSocket: `"<127.0.0.1:${port}>"` } });
    await until(() => taken.length > 0);
    const before = performance.now();
    await pool.vacate();
    await ends(pool);
    assert.equal(pool.shadow.last('jobExit')?.values[1], 108);
    assert.ok(performance.now() - before < stretched(5) * 1000);
  });

  test('that is no file transfer sends the job back', async (t) => {
    const pool = await playPool(t, {
      input: async (wire) => {
        await sure(wire.send((m) => m.string('what?')));
        await wire.ended;
      },
    });
    await ends(pool);
    assert.equal(pool.shadow.names.at(-1), 'jobExit', pool.starterLog());
    assert.equal(pool.shadow.last('jobExit')?.values[1], 108);
  });
});

describe('the output of a job', { skip, concurrency: 4 }, () => {
  test('is sent again where the transfer breaks off', async (t) => {
    const pool: PlayedPool = await playPool(t, {
      program: QUICK,
      output: async (wire, attempt) => {
        if (attempt === 0) throw new Error('broken off');
        pool.outputs.push(await receiveFiles(wire));
      },
    });
    await ends(pool);
    assert.equal(pool.outputs[0]?.files.get('_condor_stdout')?.text, 'done\n');
  });

  test('that the shadow does not want holds the job', async (t) => {
    const goAhead = adOf({
      Result: '-1',
      TryAgain: 'false',
      HoldReason: '"no room"',
      HoldReasonCode: '33',
      HoldReasonSubCode: '7',
    });
    const pool = await playPool(t, {
      program: QUICK,
      output: async (wire) => {
        await receiveFiles(wire, { goAhead });
      },
    });
    await ends(pool);
    assert.deepEqual(verdict(pool).slice(0, 2), [33, 7]);
  });

  test('that is larger than the shadow takes holds the job', async (t) => {
    const goAhead = adOf({ Result: '2', MaxTransferBytes: '1000' });
    const pool: PlayedPool = await playPool(t, {
      program: '#!/bin/sh\nhead -c 4000 /dev/zero\n',
      output: async (wire) => void pool.outputs.push(await receiveFiles(wire, { goAhead })),
    });
    await ends(pool);
    assert.deepEqual(verdict(pool).slice(0, 2), [33, 0]);
  });

  test('that the shadow cannot write holds the job with its code', async (t) => {
    const report = adOf({
      Result: '-1',
      HoldReasonCode: '12',
      HoldReasonSubCode: '28',
      HoldReason: '"SHADOW: |Error: writing to file /home/ann/out: No space left"',
    });
    const pool: PlayedPool = await playPool(t, {
      program: QUICK,
      output: async (wire) => void pool.outputs.push(await receiveFiles(wire, { report })),
    });
    await ends(pool);
    assert.deepEqual(verdict(pool).slice(0, 2), [12, 28]);
  });

  test('does not depend on a process that the job could kill', async (t) => {
    const pool = await playPool(t, { program: '#!/bin/sh\ntouch runs\nexec sleep 60\n' });
    await pool.running();
    const beside = processesOf(pool.places.directory, pool.pid).join();
    assert.ok(!beside.includes('eyrie-files'), beside);
    pool.child.kill('SIGQUIT');
    await ends(pool);
  });

  test('that becomes shorter while it is sent holds the job', async (t) => {
    const pool: PlayedPool = await playPool(t, {
      program: `#!/bin/sh\nhead -c ${8 * MIB} /dev/zero >big\n`,
      output: async (wire) => {
        let isFirst = true;
        const onPiece = async (): Promise<void> => {
          if (isFirst) truncateSync(`${pool.sandbox}/big`, MIB);
          isFirst = false;
          await pause(10);
        };
        pool.outputs.push(await receiveFiles(wire, { onPiece }));
      },
    });
    await ends(pool);
    assert.deepEqual(verdict(pool).slice(0, 2), [13, 61]);
    assert.equal(pool.outputs[0]?.files.get('big')?.size, 8 * MIB);
  });

  test('comes from a disk that the job has filled', async (t) => {
    const pool = await playPool(t, {
      execute: smallDisk(t),
      program: '#!/bin/sh\necho done\ncat /dev/zero >big\nexit 3\n',
    });
    await ends(pool);
    assert.deepEqual(pool.shadow.last('jobExit')?.values.slice(0, 2), [768, 100]);
    assert.equal(pool.outputs[0]?.files.get('_condor_stdout')?.text, 'done\n');
  });

  test('is given up softly and at once while it stalls', async (t) => {
    const pool: PlayedPool = await playPool(t, {
      program: '#!/bin/sh\nhead -c 80000000 /dev/zero\n',
      output: async (wire) => {
        const onPiece = async (): Promise<void> => {
          await pool.ended;
          throw new Error('the starter has gone');
        };
        await receiveFiles(wire, { onPiece });
      },
    });
    await until(() => pool.transfers.includes(OUTPUT));
    await pause(300);
    await pool.vacate();
    await pool.raise(103);
    await ends(pool);
    assert.equal(pool.shadow.last('jobExit')?.values[1], 107);
  });
});

describe('a starter that transfers', { skip }, () => {
  const SIZE = 2048 * MIB;

  for (const direction of ['input', 'output'] as const) {
    test(`answers at once, holds little memory and leaks nothing: ${direction}`, async (t) => {
      const program = direction === 'input' ? QUICK : `#!/bin/sh\ntruncate -s ${SIZE} big\n`;
      const files = [{ name: 'run.sh', contents: program }];
      if (direction === 'input') files.push({ name: 'big', contents: SIZE } as never);
      const pool: PlayedPool = await playPool(t, {
        input: (wire) => sendFiles(wire, files),
        output: async (wire) => void pool.outputs.push(await receiveFiles(wire)),
      });
      const wanted = direction === 'input' ? 1 : 2;
      await until(() => pool.transfers.length === wanted);
      const seen = await watchTransfer(pool, direction);
      await ends(pool);
      if (direction === 'output') assert.equal(pool.outputs[0]?.files.get('big')?.size, SIZE);
      t.diagnostic(JSON.stringify(seen));
      assert.ok(seen.slowest < stretched(1) * 1000, `an answer took ${seen.slowest} ms`);
      assert.ok(seen.growth < 64 * 1024, `${seen.growth} KiB more than at the start`);
      assert.ok(seen.descriptors < 64, `${seen.descriptors} descriptors`);
    });
  }

  async function watchTransfer(pool: PlayedPool, direction: 'input' | 'output') {
    const isOver = (): boolean =>
      direction === 'input'
        ? pool.shadow.names.includes('beginExecution')
        : pool.shadow.names.includes('jobExit');
    const over = new AbortController();
    void pool.ended.then(() => over.abort());
    await pause(300);
    const first = privateMemory(pool.pid);
    let [slowest, growth, descriptors, asked] = [0, 0, 0, 0];
    while (!isOver() && !over.signal.aborted) {
      const start = performance.now();
      await answered(pool);
      slowest = Math.max(slowest, Math.round(performance.now() - start));
      asked += 1;
      growth = Math.max(growth, privateMemory(pool.pid) - first);
      descriptors = Math.max(descriptors, openDescriptors(pool.pid));
      await pause(30);
    }
    return { direction, asked, slowest, first, growth, descriptors };
  }

  /** A command that needs nothing but to be heard: a question for another command, refused. */
  async function answered(pool: PlayedPool): Promise<void> {
    const wire = await pool.command(pool.secrets.family, 60011);
    if (wire.ok) wire.value.destroy();
  }
});

/** KiB of memory that a process shares with nobody. */
function privateMemory(pid: number): number {
  const text = read(`/proc/${pid}/smaps_rollup`);
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return of('Private_Dirty') + of('Private_Clean');
}

function openDescriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
