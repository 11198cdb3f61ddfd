/** Device numbers as stat(2) gives them: both numbers in one, makedev(3). */
import type { DeviceNumber } from '../job/cgroup-plan';

/** Takes one apart: gnu_dev_major and gnu_dev_minor of the C library, whose numbers have 64 bits. */
export function deviceNumber(device: number): DeviceNumber {
  const bits = BigInt(device);
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)),
  };
}
