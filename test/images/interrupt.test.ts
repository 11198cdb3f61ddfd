import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { startEyrie } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { tarOf, withChecksum } from './tar-writer';

const needed = { skip: skipIf(needsProduct() ?? needsRoot()) };

const GIB = 2 ** 30;

/** An archive with one file of 1 GiB of zeroes, itself a file with a hole. */
function writeBigArchive(file: string): void {
  const header = tarOf([{ path: 'zeroes' }]).subarray(0, 512);
  header.write(GIB.toString(8).padStart(11, '0'), 124);
  fs.writeFileSync(file, withChecksum(header));
  fs.truncateSync(file, 512 + GIB + 1024);
}

test(
  'eyrie image add, interrupted, leaves no lock, and the next one clears up',
  needed,
  async (t) => {
    const directory = temporaryDirectory(t);
    writeBigArchive(`${directory}/big.tar`);
    const small = `${directory}/small.tar`;
    fs.writeFileSync(small, tarOf([{ path: 'etc/', type: '5', mode: 0o755 }]));
    const add = (archive: string) =>
      startEyrie([
        ...['image', 'add', '-c', '/dev/null'],
        ...[
          `--set=NAMED_CHROOT_FILE=${directory}/images`,
          `--set=IMAGE_DIRECTORY=${directory}/kept`,
        ],
        ...['el9', archive],
      ]);

    const interrupted = add(`${directory}/big.tar`);
    const unpacked = `${directory}/kept/.el9.unpacking/zeroes`;
    await waitUntil(() => fs.existsSync(unpacked), 'the unpacking to begin');
    interrupted.process.kill('SIGINT');
    const { signal } = await interrupted.ended;
    assert.equal(signal, 'SIGINT');
    assert.ok(!fs.existsSync(`${directory}/images.lock`));
    assert.ok(!fs.existsSync(`${directory}/images`));

    const next = await add(small).ended;
    assert.equal(next.status, 0, next.stderr);
    assert.deepEqual(fs.readdirSync(`${directory}/kept`), ['el9']);
  },
);
