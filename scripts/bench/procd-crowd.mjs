/** Crowds of processes: crowd.c. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts a crowd whose families have their first process each. */
export async function startCrowd({ work }, { families, count, bomb = false }) {
  const each = Math.max(1, Math.floor(count / families));
  const args = [String(families), String(each), ...(bomb ? ['bomb'] : [])];
  const child = spawn(`${work}/crowd`, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const roots = [];
  for (let i = 0; i < families; i++) roots.push(Number((await lines.next()).value));
  return {
    pid: child.pid,
    roots,
    /** Gives the families all their other processes. */
    async fill() {
      child.stdin.write('\n');
      const { value } = await lines.next();
      if (value !== 'ready') throw new Error(`the crowd said ${value}`);
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
