/** Joins the control endpoint to the procd that it belongs to. */
import type { Procd } from '../family/server/procd';
import type { ControlSettings } from '../privsep/control/settings';
import { startControl } from '../privsep/control/start-control';
import { ok, type Result } from '../result';
import { makeParts } from './control-parts';

/** Begins to serve the control endpoint, until procd ends; a sentence where it cannot. */
export async function beginControl(
  settings: ControlSettings,
  procd: Procd,
): Promise<Result<void, string>> {
  const { log, settings: own } = procd.keeper;
  const started = await startControl(settings, {
    log: (line) => log.line(line),
    dialect: own.dialect.since,
    environment: process.env,
    makeParts: (tools) => makeParts(tools, procd),
  });
  if (!started.ok) return started;
  procd.beforeEnd(() => started.value.stop());
  return ok(undefined);
}
