/** Who does what needs root: PRIVSEP. */
import type { Config } from '../../condor/config';
import { err, ok, type Result } from '../../result';

/** Permission bits of a sandbox, by JOB_EXECDIR_PERMISSIONS. */
export const SANDBOX_MODES = { user: 0o700, group: 0o750, world: 0o755 } as const;

/**
 * Whether jobs run on leased accounts.
 *
 * @returns a sentence where that is asked of a starter that needs nobody's help
 */
export function usesDaemon(config: Config): Result<boolean, string> {
  const choice = config.choice('PRIVSEP');
  if (!choice.ok) return err(choice.error.message);
  if (choice.value === 'own') return ok(false);
  const glexec = config.boolean('GLEXEC_JOB');
  if (glexec.ok && glexec.value) {
    return err('GLEXEC_JOB and PRIVSEP = daemon exclude each other; unset one of them');
  }
  if (process.geteuid?.() !== 0) return ok(true);
  return err(
    'PRIVSEP = daemon is for a starter that is not root: root does all itself; start it as another ' +
      'user, or set PRIVSEP = own',
  );
}
