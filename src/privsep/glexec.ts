/**
 * The maker `glexec`: the starter is an ordinary user, and gLExec does what is to be done as another
 * account, with the job's proxy. It can only run commands as that account; so the sandbox is copied to it
 * and back, and signals are commands too.
 *
 * Source: GlexecPrivSepHelper of HTCondor 7.1.3 to 9.10.
 */
import { startFileAgent } from '../kernel/file-agent';
import { measureTree } from '../kernel/tree';
import { err } from '../result';
import { GlexecHands, type GlexecSite } from './glexec-hands';
import { prepareSharedExecuteDirectory } from './glexec-sandbox';
import { makeSandbox } from './sandbox';
import type { PrivilegedSteps } from './types';

/** Permission bits of a sandbox, as HTCondor has them here: the account must get in. */
const SANDBOX_MODE = 0o755;

/** Privileged steps done by gLExec. */
export function glexecSteps(site: GlexecSite): PrivilegedSteps {
  const hands = new GlexecHands(site);
  return {
    kind: 'glexec',
    prepareExecuteDirectory: prepareSharedExecuteDirectory,
    async makeSandbox(request) {
      const { executeDirectory, name } = request;
      const place = { executeDirectory, name, path: `${executeDirectory}/${name}` };
      // A starter with our pid may have left one.
      const cleared = await hands.remove(place);
      if (!cleared.ok) return err({ message: cleared.error.message, errno: cleared.error.errno });
      return makeSandbox({ ...request, mode: SANDBOX_MODE, disk: undefined }, false);
    },
    handOver: (sandbox, proxy) => hands.handOver(sandbox, proxy),
    start: (job) => hands.start(job),
    takeBack: (sandbox) => hands.takeBack(sandbox),
    renewProxy: (sandbox, name, proxy) => hands.renew(sandbox, name, proxy),
    watchCredentials: (sandbox, end) => hands.watchProxy(sandbox, end),
    measureSandbox: ({ executeDirectory, name }) => measureTree(executeDirectory, name),
    fillOfSandbox: () => undefined,
    unmountAbandoned: () => [],
    removeLeftovers: (directory) => hands.removeLeftovers(directory),
    openSandboxFiles: ({ directory, path }, { names }) =>
      startFileAgent({ directory, identity: undefined, names: [path, ...names] }),
    removeSandbox: (sandbox) => hands.remove(sandbox),
  };
}
