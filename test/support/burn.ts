/**
 * Using CPU time.
 */

/**
 * A line of POSIX shell that computes until the process it runs in has used so much CPU time as a user,
 * by the kernel's own count (proc_pid_stat(5), ticks of 10 ms): on any machine, however fast. It needs a
 * /proc, and has neither quotes nor backslashes.
 *
 * @param seconds of CPU time since that process began
 */
export function burn(seconds: number): string {
  const ticks = Math.ceil(seconds * 100);
  const read = 'read -r a b c d e f g h i j k l m user rest </proc/self/stat';
  const compute = 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done';
  return `until ${read} && [ $user -ge ${ticks} ]; do ${compute}; done`;
}
