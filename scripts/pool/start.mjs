/**
 * Starts a test pool and keeps it until it is interrupted; `node scripts/pool/start.mjs --help`
 * says how. The pool itself is test/pool/support/.
 */
import { loadTypeScript } from '../build/load-typescript.mjs';

const { main } = await loadTypeScript('scripts/pool/start.ts');
process.exitCode = await main(process.argv.slice(2));
