/** The parts of the control endpoint of condor_procd, put together. */
import type { Procd } from '../family/server/procd';
import { openAccounts } from '../privsep/accounts';
import type { PartTools } from '../privsep/control/start-control';
import type { ControlPart } from '../privsep/control/types';
import { openJobsPart } from '../privsep/jobs/part';
import { ok, err, type Result } from '../result';
import { openLeasedPlanner } from '../starter/leased/planner';
import { TrustedList } from '../trusted-list';

/**
 * Makes the parts that offer operations; a sentence where one cannot start. What a daemon has left that was
 * killed is put in order first.
 *
 * @param procd keeps the families of the jobs
 */
export async function makeParts(
  { audit, log, settings, usersRules }: PartTools,
  procd: Procd,
): Promise<Result<readonly ControlPart[], string>> {
  const clients = TrustedList.open({
    ...usersRules,
    path: settings.clients,
    minimum: settings.minimumClient,
  });
  if (!clients.ok) return clients;
  const accounts = await openAccounts({
    ...settings,
    log,
    isClient(uid) {
      const listed = clients.value.current();
      return listed.ok && listed.value.accounts.has(uid);
    },
    found: ({ client, ...facts }) =>
      audit.record({
        ...facts,
        operation: 'lease.found',
        result: 'ok',
        text: `of client ${client}, since before this daemon`,
      }),
    ended: ({ client, trouble, why, ...facts }) =>
      audit.record({
        ...facts,
        operation: 'lease.end',
        result: trouble === undefined ? 'ok' : 'quarantined',
        text: [`${why}, of client ${client}`, ...(trouble === undefined ? [] : [trouble])].join(
          ': ',
        ),
      }),
  });
  if (!accounts.ok) return accounts;
  const planner = openLeasedPlanner({
    configFile: settings.config,
    executeDirectory: settings.execute,
  });
  if (!planner.ok) return err(planner.error.join('; '));
  const jobs = await openJobsPart({
    book: accounts.value.book,
    planner: planner.value,
    families: procd.office,
    log,
    audit,
  });
  const begun = await accounts.value.begin(jobs);
  if (!begun.ok) return begun;
  // The jobs end first: their leases are told of it.
  return ok([jobs, accounts.value.part]);
}
