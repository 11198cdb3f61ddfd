/**
 * The two makers that need nobody's help: `root`, where the starter is root and gives the
 * sandbox to the job's account, and `rootless`, where starter and job are one ordinary user and the
 * plan brings a user namespace.
 */
import fs from 'node:fs';
import { startFileAgent } from '../kernel/file-agent';
import { startLaunch } from '../kernel/launch';
import { measureTree, removeTree } from '../kernel/tree';
import { makeSandbox, prepareExecuteDirectory } from './sandbox';
import type { PrivilegedSteps } from './types';

/** Privileged steps done by this process itself. */
export function ownHands(kind: PrivilegedSteps['kind']): PrivilegedSteps {
  return {
    kind,
    prepareExecuteDirectory,
    makeSandbox: (request) => makeSandbox(request, kind === 'root'),
    // An `inherit` step's index is the number of a standard stream: job/plan-streams.ts.
    start: (plan) => startLaunch(plan, { descriptors: [0, 1, 2] }),
    measureSandbox: ({ executeDirectory, name }) => measureTree(executeDirectory, name),
    openSandboxFiles: ({ directory, path }, { names, uid, gid, groups = [] }) =>
      startFileAgent({
        directory,
        // A rootless job is the starter's own user, seen from outside of its user namespace.
        identity: kind === 'root' ? { uid, gid, groups } : undefined,
        names: [path, ...names],
      }),
    removeSandbox(sandbox) {
      if ('directory' in sandbox) fs.closeSync(sandbox.directory);
      return removeTree(sandbox.executeDirectory, sandbox.name);
    },
  };
}
