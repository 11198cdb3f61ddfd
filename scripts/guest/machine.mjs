/**
 * The machine of the guest: QEMU in software, since not every host of the tests can do it otherwise.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** MiB; files of the guest are in it, half of it at most. */
const MEMORY = 1536;

/**
 * Time in the guest is its count of instructions, 2 ns each, and passes at once while it has nothing to
 * do: how busy the host is changes no measured time, and a sleep costs none. (QEMU 7.2 can do that with
 * one processor only; with more, it hangs when the kernel starts the second.)
 */
const PROCESSOR = '-smp 1 -accel tcg,thread=single,tb-size=256 -icount shift=1,sleep=off';

/** No controller on cgroup v1, so all are on v2; a panic and the end of the tests end the machine. */
const KERNEL_OPTIONS =
  'console=ttyS0 quiet cgroup_no_v1=all psi=1 mitigations=off panic=-1 reboot=t rdinit=/init';

/**
 * Boots the guest and waits until it is off.
 *
 * @param guest where scripts/guest/install.sh put the guest
 * @param directory for the console's text; it has the file `initramfs`
 * @param onLine gets each line of the second serial line, while the guest runs
 * @param seconds until the machine is stopped
 * @returns what was printed on the console, and by QEMU
 */
export async function runMachine({ guest, directory, onLine, seconds }) {
  // A run that is killed takes its machine with it.
  const command = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuOptions(guest, directory)];
  const machine = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  machine.stderr.setEncoding('utf8').on('data', (text) => (complaints += text));
  createInterface({ input: machine.stdout }).on('line', onLine);
  const timer = setTimeout(() => machine.kill('SIGKILL'), seconds * 1000);
  await new Promise((resolve, reject) => machine.on('error', reject).on('close', resolve));
  clearTimeout(timer);
  return readFileSync(path.join(directory, 'console'), 'utf8').replaceAll('\r', '') + complaints;
}

function qemuOptions(guest, directory) {
  return [
    ...`-machine pc ${PROCESSOR} -m ${MEMORY} -nodefaults -no-user-config -no-reboot`.split(' '),
    ...'-display none -monitor none'.split(' '),
    ...['-kernel', path.join(guest, 'vmlinuz'), '-initrd', path.join(directory, 'initramfs')],
    ...['-append', KERNEL_OPTIONS],
    ...['-chardev', `file,id=console,path=${path.join(directory, 'console')}`],
    ...['-chardev', 'stdio,id=records,signal=off'],
    ...['-serial', 'chardev:console', '-serial', 'chardev:records'],
  ];
}
