// Builds the named test files (default: all) with esbuild and runs them on node's own runner.
import { spawnSync } from 'node:child_process';
import { readdirSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const named = process.argv.slice(2).filter((a) => !a.startsWith('--'));
function find(dir) {
  return readdirSync(path.join(root, dir), { recursive: true })
    .filter((f) => f.endsWith('.test.ts'))
    .map((f) => path.join(dir, f));
}
const files = (named.length ? named : ['src', 'test']).flatMap((n) =>
  n.endsWith('.ts') ? [path.relative(root, path.resolve(n))] : find(path.relative(root, path.resolve(n))),
);
const outdir = path.join(root, 'build/test', named.length ? String(process.pid) : 'all');
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
await build({
  entryPoints: files,
  outdir,
  outbase: root,
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
  define: { __EYRIE_ROOT__: JSON.stringify(root) },
});
const outputs = files.map((f) => path.join(outdir, f.replace(/\.ts$/, '.cjs')));
const result = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...outputs], { stdio: 'inherit', cwd: root });
if (named.length) rmSync(outdir, { recursive: true, force: true });
process.exit(result.status ?? 1);
