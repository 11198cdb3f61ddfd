/**
 * Records what HTCondor's own `classad_eval` makes of the expressions in test/classad/*.json.
 *
 *   node scripts/record-classads.mjs [ROOT]
 *
 * ROOT, else the environment variable EYRIE_CONDOR_ROOT, is a folder made with debootstrap that has
 * Debian's `condor` package; needs root. To add an expression, add it to a file with the value "".
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { COMMON, ROOT } from './build/options.mjs';

const condorRoot = process.argv[2] ?? process.env.EYRIE_CONDOR_ROOT;
if (condorRoot === undefined) {
  process.stderr.write('usage: node scripts/record-classads.mjs ROOT\n');
  process.exit(64);
}

const directory = mkdtempSync(path.join(tmpdir(), 'eyrie-record-'));
try {
  const outfile = path.join(directory, 'record.cjs');
  await build({ ...COMMON, entryPoints: [path.join(ROOT, 'test/classad/record.ts')], outfile });
  const { default: recorder } = await import(pathToFileURL(outfile).href);
  recorder.record(path.join(ROOT, 'test/classad'), condorRoot, (line) => {
    process.stdout.write(`${line}\n`);
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
