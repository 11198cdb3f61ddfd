/** Whose processes may be registered with a procd that takes any: root's procd all, others their user's. */
import { readKernelFile } from '../../kernel/proc/read';
import type { ProcessIdentity } from '../../kernel/process-table-types';
import type { ProcdSettings } from './settings';

/** From what gLExec has started up to who has started gLExec: our eyrie-init has one of its own between. */
const GENERATIONS = 3;

/**
 * Whether a process that was located may become a family. What gLExec has started is another account's, but
 * descends from a process of ours. Such a family is signalled by the helper, which the kernel lets do what
 * that account may.
 */
export function mayRegister({ glexec, top }: ProcdSettings, { pid }: ProcessIdentity): boolean {
  if (top.kind !== 'none' || process.geteuid?.() === 0) return true;
  let { isOwn, parent } = lookAt(pid);
  for (let i = 0; i < GENERATIONS && !isOwn && glexec !== undefined && parent > 1; i += 1) {
    ({ isOwn, parent } = lookAt(parent));
  }
  return isOwn;
}

/** Whether a process is of procd's user, and its parent's pid; 0: it is gone. */
function lookAt(pid: number): { readonly isOwn: boolean; readonly parent: number } {
  // The owner of /proc/PID is root's where a process hides its memory, as our starter does.
  const status = readKernelFile(`/proc/${pid}/status`);
  if (!status.ok) return { isOwn: false, parent: 0 };
  const uids = /^Uid:\s+(.*)$/m.exec(status.value)?.[1]?.split(/\s+/).map(Number) ?? [];
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(status.value)?.[1] ?? 0);
  return { isOwn: uids.includes(process.geteuid?.() ?? -1), parent };
}
