/** A measured tree as what a sandbox uses. */
import type { SandboxUsage } from '../job/result';
import type { TreeReport } from '../kernel/tree';
import type { PrivilegedSteps, Sandbox } from '../privsep/types';

/** A sandbox, and whoever can look into it. */
export interface SandboxInUse {
  readonly steps: Pick<PrivilegedSteps, 'measureSandbox'>;
  readonly sandbox: Sandbox;
}

export function sandboxUsage({ allocated, entries }: TreeReport): SandboxUsage {
  return { size: allocated / 1024, entries };
}

/** Measures a sandbox now; undefined: it cannot be. */
export async function usageOfSandbox(place: SandboxInUse): Promise<SandboxUsage | undefined> {
  const measured = await place.steps.measureSandbox(place.sandbox);
  return measured.ok ? sandboxUsage(measured.value) : undefined;
}
