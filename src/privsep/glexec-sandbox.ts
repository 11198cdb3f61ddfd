/**
 * Sandboxes that condor_glexec_setup gives away and condor_glexec_cleanup brings back: EXECUTE, and what
 * is left where that did not come to its end.
 *
 * While the job has it `dir_N` is the account's, and `dir_N.condor` the starter's, with the proxy.
 */
import fs from 'node:fs';
import path from 'node:path';
import { errnoText } from '../kernel/errno';
import { removeTree, type TreeError, type TreeReport } from '../kernel/tree';
import { err, ok, type Result } from '../result';
import { readProxyFile } from './glexec-proxy';
import { prepareExecuteDirectory } from './sandbox';
import type { SandboxError, SandboxPlace } from './types';

/** Everybody may make a name there, and remove his own only. */
const SHARED_MODE = 0o1777;
const OTHERS_MAY_ENTER = 0o001;

/** Fetches a sandbox back with a proxy of that name; a sentence where that fails. */
type TakeBack = (place: SandboxPlace, proxy: string) => Promise<Result<void, string>>;

/** What becomes of a sandbox for the starter while the job has it. */
export function condorDirectory(sandbox: string): string {
  return `${sandbox}.condor`;
}

/** EXECUTE, where other accounts make their sandboxes: ours is given the mode that lets them. */
export function prepareSharedExecuteDirectory(
  directory: string,
  trusted: readonly number[] = [],
): Result<void, SandboxError> {
  const prepared = prepareExecuteDirectory(directory, trusted);
  if (!prepared.ok) return prepared;
  try {
    const { mode, uid } = fs.statSync(directory);
    if ((mode & 0o7777) !== SHARED_MODE) {
      if (uid !== process.geteuid?.()) return unfit(directory, mode);
      fs.chmodSync(directory, SHARED_MODE);
    }
    const closed = whatKeepsOthersOut(fs.realpathSync(directory));
    if (closed === undefined) return ok(undefined);
    return refusal(`${closed} lets no other account in; the job's makes its sandbox below it`);
  } catch (thrown) {
    return refusal((thrown as Error).message);
  }
}

function refusal(message: string): Result<never, SandboxError> {
  return err({ message: `Cannot use EXECUTE: ${message}`, errno: 0 });
}

function unfit(directory: string, mode: number): Result<never, SandboxError> {
  const bits = (mode & 0o7777).toString(8);
  return refusal(
    `${directory} has mode ${bits}, and with GLEXEC_JOB the jobs' accounts make their sandboxes there; ` +
      'give it mode 1777',
  );
}

/** What of a canonical path other accounts cannot enter or execute; undefined: nothing. */
export function whatKeepsOthersOut(file: string): string | undefined {
  const parts = file.split('/').slice(1);
  const places = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  return places.find((place) => (fs.statSync(place).mode & OTHERS_MAY_ENTER) === 0);
}

/** Whose a directory is; undefined: there is nothing. A link is nobody's. */
function ownerOf(name: string): number | undefined {
  return fs.lstatSync(name, { throwIfNoEntry: false })?.uid;
}

/**
 * Removes a sandbox and what stands beside it. One that is still the account's is fetched back first, if
 * the proxy is there and holds.
 *
 * @param proxy its name; undefined: it is looked for
 */
export async function removeHandedOver(
  place: SandboxPlace,
  proxy: string | undefined,
  takeBack: TakeBack,
): Promise<Result<TreeReport, TreeError>> {
  const { executeDirectory, name } = place;
  const condor = condorDirectory(place.path);
  const isOurs = (file: string): boolean => ownerOf(file) === process.geteuid?.();
  if (ownerOf(condor) !== undefined && isOurs(condor)) {
    const isAway = ownerOf(place.path) !== undefined && !isOurs(place.path);
    const fetched = isAway
      ? await fetchBack(place, proxy ?? findProxy(condor), takeBack)
      : ok(undefined);
    if (!fetched.ok) return err(leftover(place, fetched.error));
    const removed = await removeTree(executeDirectory, `${name}.condor`);
    if (!removed.ok) return removed;
  }
  const { path: sandbox } = place;
  if (ownerOf(sandbox) === undefined || isOurs(sandbox)) return removeTree(executeDirectory, name);
  return err(leftover(place, `${sandbox}.condor and its proxy are gone`));
}

async function fetchBack(
  place: SandboxPlace,
  proxy: string | undefined,
  takeBack: TakeBack,
): Promise<Result<void, string>> {
  if (proxy === undefined) return err(`there is not one proxy in ${condorDirectory(place.path)}`);
  return takeBack(place, proxy);
}

const LEFT = /^(dir_(\d+))\.condor$/;

/**
 * Removes what is left of starters that were killed, by whoever they were started, but for those of which
 * a record tells (starter/sandbox-records.ts).
 *
 * @returns a sentence for each
 */
export async function removeLeftovers(
  executeDirectory: string,
  takeBack: TakeBack,
): Promise<readonly string[]> {
  const entries = fs.readdirSync(executeDirectory);
  const told: string[] = [];
  for (const entry of entries) {
    const [, name = '', pid = ''] = LEFT.exec(entry) ?? [];
    if (name === '' || entries.includes(`.${name}`) || fs.existsSync(`/proc/${pid}`)) continue;
    const place = { executeDirectory, name, path: path.join(executeDirectory, name) };
    if (ownerOf(`${place.path}.condor`) !== process.geteuid?.()) continue;
    const removed = await removeHandedOver(place, undefined, takeBack);
    told.push(
      removed.ok
        ? `Removed ${place.path}, whose starter was killed`
        : `Cannot remove ${place.path}, whose starter was killed: ${removed.error.message}`,
    );
  }
  return told;
}

/** What a person has to do. */
function leftover({ path: sandbox }: SandboxPlace, why: string): TreeError {
  const message =
    `${sandbox} belongs to uid ${ownerOf(sandbox) ?? '?'} and stays: ${why}. Remove it and ` +
    `${condorDirectory(sandbox)} as root, when what is in them is not needed any more`;
  return { message, errno: 0, failures: 0, report: undefined };
}

/** The one file in there that is a proxy. Jobs cannot reach it. */
function findProxy(condor: string): string | undefined {
  const proxies = fs.readdirSync(condor, { withFileTypes: true }).filter((entry) => {
    if (!entry.isFile()) return false;
    const text = readProxyFile(path.join(condor, entry.name));
    return text.ok && text.value.includes('-----BEGIN CERTIFICATE-----');
  });
  return proxies.length === 1 ? proxies[0]?.name : undefined;
}

/** The owner of a sandbox that was handed over: whom gLExec maps the proxy to. */
export function mappedIds(sandbox: string): Result<{ uid: number; gid: number }, string> {
  const facts = fs.lstatSync(sandbox, { throwIfNoEntry: false });
  if (facts?.isDirectory() !== true) return err(`${sandbox} is no directory: ${errnoText(2)}`);
  return ok({ uid: facts.uid, gid: facts.gid });
}
