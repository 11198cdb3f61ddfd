/**
 * The host's full name.
 */

/**
 * Adds the domain to a host name that has none, from the first name in hosts(5) that begins with
 * it. No resolver is asked: a name server that does not answer would hold up every job's start.
 *
 * @param nodename uname(2)'s node name
 * @param hosts the text of /etc/hosts
 * @returns `worker7.example.org`, or the node name where no domain is known
 */
export function fullHostname(nodename: string, hosts: string): string {
  // "localhost.localdomain" would name every machine.
  if (nodename.includes('.') || nodename === 'localhost') {
    return nodename;
  }
  const names = hosts
    .split('\n')
    .flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return names.find((name) => name.startsWith(`${nodename}.`)) ?? nodename;
}
