/** The proxy of a job by hand, as a file of its sandbox: in a pool it comes with the job's input. */
import { fromBytes } from '../byte-text';
import type { JobFault } from '../job/faults';
import { PROXY_MODE, readProxyFile } from '../privsep/glexec-proxy';
import type { SandboxFile } from '../privsep/types';
import { err, ok, type Result } from '../result';
import type { PreparedJob } from './prepare';

/** What HTCondor's starter has in the place of a script's status where a proxy does not hold. */
const PROXY_INVALID = -10_000;

/** The file, or none where gLExec does not run the job; a fault where the proxy cannot be read. */
export function glexecProxyFile({
  glexec,
  spec,
}: Pick<PreparedJob, 'glexec' | 'spec'>): Result<readonly SandboxFile[], JobFault> {
  if (glexec === undefined) return ok([]);
  const read = readProxyFile(spec.x509UserProxy ?? '');
  if (!read.ok) {
    const reason = `The job proxy is invalid: ${read.error}`;
    return err({ cause: 'glexecSetupFailed', subcode: PROXY_INVALID, reason });
  }
  const text = fromBytes(Buffer.from(read.value, 'latin1'));
  return ok([{ name: glexec.proxy, mode: PROXY_MODE, text }]);
}
