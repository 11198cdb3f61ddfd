/** Both daemons, asked through one client. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds that a daemon has to be there. */
const PATIENCE = 10_000;

/** Starts a daemon whose tree begins at a process. */
export async function startDaemon({ work, tools, release }, side, top) {
  const directory = mkdtempSync(path.join(work, `${side}-`));
  const address = path.join(directory, 'procd');
  const line =
    side === 'eyrie'
      ? [path.join(import.meta.dirname, '../../dist/bin/condor_procd')]
      : tools.htcondorProgram(release, 'condor_procd');
  const [program, ...args] = [...line, '-A', address, '-S', '60', '-P', String(top)];
  const env = { PATH: process.env.PATH, _condor_USE_PSS: 'TRUE' };
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  const ended = once(child, 'exit');
  const client = await connect(tools, address, child);
  return {
    pid: child.pid,
    /** Asks, and must be answered. */
    async ask(request, patience) {
      const answer = await client.ask(request, patience);
      if (!answer.ok) throw new Error(`${side}: ${answer.error.message}`);
      return answer.value;
    },
    async stop() {
      client.close();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function connect({ ProcdClient, dialectOf, CURRENT_DIALECT }, address, child) {
  const dialect = dialectOf?.(CURRENT_DIALECT) ?? CURRENT_DIALECT;
  for (const end = Date.now() + PATIENCE; Date.now() < end; await setTimeout(5)) {
    const client = ProcdClient.connect(address, dialect);
    if (client.ok) return client.value;
    if (child.exitCode !== null) break;
  }
  throw new Error(`no condor_procd at ${address}`);
}
