/**
 * The way from a hierarchy's root down to a job's cgroup: BASE_CGROUP, made where it is missing and
 * made ready to hold cgroups with limits.
 */
import { errnoText } from '../errno';
import { err, ok, type Result } from '../../result';
import { EEXIST, makeDirectory, readText, writeText } from './files';
import type { Controller, Hierarchy } from './hierarchies';

/** A base that is there. */
export interface Base {
  readonly directory: string;
  /** The controllers of the hierarchy that cgroups in the base have. */
  readonly controllers: readonly Controller[];
  /** Why they do not have the others. */
  readonly notes: readonly string[];
}

/**
 * Makes BASE_CGROUP in a hierarchy.
 *
 * @param wanted the controllers that a job's cgroup is to have
 */
export function makeBase(
  hierarchy: Hierarchy,
  base: string,
  wanted: readonly Controller[],
): Result<Base, string> {
  const parts = `${hierarchy.home}/${base}`.split('/').filter((part) => part !== '');
  const controllers = hierarchy.controllers.filter((name) => wanted.includes(name));
  let directory = hierarchy.root;
  const refused = new Map<Controller, string>();
  for (const part of ['', ...parts]) {
    if (part !== '') {
      directory = `${directory}/${part}`;
      const made = makeCgroup(hierarchy, directory);
      if (made !== 0 && made !== EEXIST) {
        return err(`cannot make the cgroup ${directory}: ${errnoText(made)}`);
      }
    }
    for (const [name, why] of handDown(hierarchy, directory, controllers)) refused.set(name, why);
  }
  return ok({
    directory,
    controllers: controllers.filter((name) => !refused.has(name)),
    notes: [...refused.values()],
  });
}

/** Makes one cgroup: 0 or errno. In version 1 nobody can join one whose set of CPUs is empty. */
export function makeCgroup(
  { controllers, version }: Pick<Hierarchy, 'version' | 'controllers'>,
  directory: string,
): number {
  const made = makeDirectory(directory);
  if (made === 0 && version === 1) prepareFirst(controllers, directory);
  return made;
}

function prepareFirst(controllers: readonly Controller[], directory: string): void {
  const parent = directory.slice(0, directory.lastIndexOf('/'));
  if (controllers.includes('cpuset')) {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      writeText(directory, file, readText(parent, file)?.trim() ?? '');
    }
  }
  // Before Linux 5.11 a limit holds for what is below only where this is set.
  if (controllers.includes('memory')) writeText(directory, 'memory.use_hierarchy', '1');
}

/**
 * Version 2: lets the cgroups below one have controllers.
 *
 * @returns those that they cannot have, and why
 */
export function handDown(
  { version }: Pick<Hierarchy, 'version'>,
  directory: string,
  controllers: readonly Controller[],
): readonly (readonly [Controller, string])[] {
  if (version === 1) return [];
  const present = readText(directory, 'cgroup.subtree_control')?.trim().split(' ') ?? [];
  return controllers
    .filter((name) => !present.includes(name))
    .flatMap((name) => {
      const errno = writeText(directory, 'cgroup.subtree_control', `+${name}`);
      const why = `no ${name} controller: ${directory} does not hand it down: ${errnoText(errno)}`;
      return errno === 0 ? [] : [[name, why] as const];
    });
}
