/**
 * The two makers that need nobody's help: `root`, where the starter is root and gives the
 * sandbox to the job's account, and `rootless`, where starter and job are one ordinary user and the
 * plan brings a user namespace.
 */
import fs from 'node:fs';
import { errnoText } from '../kernel/errno';
import { startFileAgent } from '../kernel/file-agent';
import { startLaunch } from '../kernel/launch';
import {
  type ScratchError,
  scratchFill,
  type ScratchMount,
  unmountAbandoned,
  unmountScratch,
} from '../kernel/scratch/disk';
import { measureTree, removeTree, type TreeError, type TreeReport } from '../kernel/tree';
import { err, ok, type Result } from '../result';
import { makeSandbox, prepareExecuteDirectory } from './sandbox';
import type { PrivilegedSteps, Sandbox, SandboxPlace } from './types';

/** Privileged steps done by this process itself. */
export function ownHands(kind: 'root' | 'rootless'): PrivilegedSteps {
  return {
    kind,
    prepareExecuteDirectory,
    makeSandbox: (request) => makeSandbox(request, kind === 'root'),
    // It was given when it was made, and root reads what it likes.
    handOver: () => Promise.resolve(ok(undefined)),
    // An `inherit` step's index is the number of a standard stream: job/plan-streams.ts.
    start: ({ plan }, cgroups) =>
      Promise.resolve(startLaunch(plan, { descriptors: [0, 1, 2], cgroups })),
    takeBack: () => Promise.resolve(ok(undefined)),
    async measureSandbox(sandbox) {
      const { executeDirectory, mount, name } = sandbox;
      if (mount === undefined) return measureTree(executeDirectory, name);
      return Promise.resolve(ok(reportOf(sandbox.directory, mount)));
    },
    fillOfSandbox: ({ directory, mount }) => mount && scratchFill(directory, mount),
    unmountAbandoned: (directory) => (kind === 'root' ? unmountAbandoned(directory) : []),
    openSandboxFiles: ({ directory, path }, { names, uid, gid, groups = [] }) =>
      startFileAgent({
        directory,
        // A rootless job is the starter's own user, seen from outside of its user namespace.
        identity: kind === 'root' ? { uid, gid, groups } : undefined,
        names: [path, ...names],
      }),
    removeSandbox: (sandbox) => removeSandbox(sandbox, kind === 'root'),
  };
}

/** A file system as a tree that was measured: it counts itself. */
function reportOf(directory: number, mount: ScratchMount): TreeReport {
  const { entries, used } = scratchFill(directory, mount);
  return { entries, files: entries, apparent: used, allocated: used };
}

function unmountTrouble({ call, errno }: ScratchError): TreeError {
  return { message: `Cannot ${call}: ${errnoText(errno)}`, errno, failures: 0, report: undefined };
}

/**
 * A file system of its own goes first. What mount namespaces of other jobs hold of it the kernel takes
 * away with the directory: rmdir(2) unmounts there what was mounted on it.
 */
async function removeSandbox(
  sandbox: Sandbox | SandboxPlace,
  canMount: boolean,
): Promise<Result<TreeReport, TreeError>> {
  const directory = 'directory' in sandbox ? sandbox.directory : undefined;
  const mount = 'mount' in sandbox ? sandbox.mount : undefined;
  const used = mount && directory !== undefined ? reportOf(directory, mount) : undefined;
  if (directory !== undefined) fs.closeSync(directory);
  const unmounted = canMount ? unmountScratch(sandbox.path) : ok(undefined);
  if (!unmounted.ok) return err(unmountTrouble(unmounted.error));
  const removed = await removeTree(sandbox.executeDirectory, sandbox.name);
  return removed.ok && used !== undefined ? ok(used) : removed;
}
