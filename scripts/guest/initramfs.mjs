/**
 * The guest's files: cpio archives one after another. Whatever is from this machine has the same path in
 * the guest.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { builtAddon } from '../build/native-addons.mjs';
import { ROOT } from '../build/options.mjs';
import { archive, filesBelow } from './archive.mjs';
import { baseArchive, inRealDirectory } from './base.mjs';

/** Parts of the tree that tests read and run. */
const PARTS = [
  'build/payload',
  'dist',
  'etc',
  'scripts/guest',
  'scripts/test',
  'test',
  'package.json',
];

/** Made for this machine's processor, the guest's has no use for them: a third of `dist`. */
const USELESS = /\.(snapshot|heap|cache)$/;

const PASSWD = `root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
alice:x:20001:20001::/home/alice:/bin/sh
bob:x:20002:20002::/home/bob:/bin/sh
`;

/**
 * Writes an initramfs that runs test bundles.
 *
 * @param target the file
 * @param guest where scripts/guest/install.sh put the guest
 * @param bundles the bundles' paths
 * @param options for node's test runner
 */
export function writeInitramfs(target, guest, bundles, options) {
  const made = `${target}.files`;
  writeFiles(made, {
    'etc/passwd': PASSWD,
    'etc/group': PASSWD.replace(/:x:\d+:(\d+):.*/g, ':x:$1:'),
    'tests.root': `${ROOT}\n`,
    'tests.options': `${options.join('\n')}\n`,
    'tests.list': bundles.map((file) => `${file}\n`).join(''),
  });
  copyFileSync(baseArchive(guest), target);
  const output = openSync(target, 'a');
  try {
    archive(output, '/', treeFiles(bundles));
    archive(output, path.join(ROOT, 'test/vm'), ['init']);
    archive(output, made, filesBelow(made));
  } finally {
    closeSync(output);
  }
}

function writeFiles(directory, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function treeFiles(bundles) {
  const addons = ['ffi-napi', 'ref-napi'].map(builtAddon);
  const parts = PARTS.map((name) => path.join(ROOT, name)).filter((part) => existsSync(part));
  const below = parts.flatMap((part) =>
    statSync(part).isDirectory() ? filesBelow(part).map((name) => path.join(part, name)) : [part],
  );
  return [...below.filter((file) => !USELESS.test(file)), ...addons, ...bundles].map(
    inRealDirectory,
  );
}
