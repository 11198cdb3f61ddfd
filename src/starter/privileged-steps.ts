/** Who does the privileged steps of a starter's jobs. */
import fs from 'node:fs';
import path from 'node:path';
import { printEnvironmentV2 } from '../job/environment-syntax';
import type { GlexecSettings } from '../job/glexec-mode';
import type { HostView } from '../job/host';
import type { LaunchPlan } from '../job/plan';
import { planEnvironment } from '../job/plan-environment';
import { installPrefix, nativePath } from '../kernel/native-files';
import type { Logger } from '../log';
import { glexecSteps } from '../privsep/glexec';
import { ownHands } from '../privsep/own-hands';
import type { PrivilegedSteps } from '../privsep/types';
import { err, ok, type Result } from '../result';

/** Where the condor_glexec_* helpers are. */
export function helperDirectory(): string {
  return path.join(installPrefix(), 'libexec/condor');
}

/**
 * Chooses: root does it itself, an ordinary user in a user namespace, or by gLExec.
 *
 * @returns a sentence where gLExec is not there
 */
export function choosePrivilegedSteps(
  host: Pick<HostView, 'privileged'>,
  glexec: GlexecSettings | undefined,
  log: Logger,
): Result<PrivilegedSteps, string> {
  if (glexec === undefined) return ok(ownHands(host.privileged ? 'root' : 'rootless'));
  const trouble = glexecTrouble(glexec.program);
  if (trouble !== undefined) return err(`GLEXEC = ${glexec.program}: ${trouble}`);
  return ok(
    glexecSteps({
      settings: glexec,
      helpers: helperDirectory(),
      init: nativePath('eyrie-init'),
      environmentText: (plan) => printEnvironmentV2(environmentOf(plan)),
      log: (sentence) => log.always(sentence),
    }),
  );
}

/** Why it cannot be run; undefined: it can. */
export function glexecTrouble(program: string): string | undefined {
  try {
    if (!fs.statSync(program).isFile()) return 'it is no program';
    fs.accessSync(program, fs.constants.X_OK);
    return undefined;
  } catch (thrown) {
    return `it cannot be run: ${(thrown as Error).message}`;
  }
}

/** The environment that a plan gives to the job. */
function environmentOf(plan: LaunchPlan): ReadonlyMap<string, string> {
  return new Map(
    planEnvironment(plan).map((entry) => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)] as const;
    }),
  );
}
