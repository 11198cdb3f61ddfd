/** Names of cgroups that families are noted with. */

/**
 * Whether a name can be that of a job's cgroup, below a hierarchy's root. The root itself has every
 * process of the machine in it.
 */
export function isCgroupName(name: string): boolean {
  return name !== '' && name.split('/').every((part) => !['', '.', '..'].includes(part));
}
