/** Ads of a played pool. */
import { ClassAd, parseExpression } from '../../../src/condor/classad';

/** Attributes and the texts of their expressions. */
export type Attributes = Readonly<Record<string, string>>;

/** Makes an ad. */
export function adOf(attributes: Attributes): ClassAd {
  const ad = new ClassAd();
  for (const [name, text] of Object.entries(attributes)) {
    const expression = parseExpression(text, 'old');
    if (!expression.ok) throw new Error(`${name} = ${text}: ${expression.error.message}`);
    ad.set(name, expression.value);
  }
  return ad;
}

export const VERSION = '$CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6 $';

/** What a startd says of its slot. */
export const MACHINE: Attributes = {
  MyType: '"Machine"',
  Name: '"slot1_1@worker"',
  Machine: '"worker"',
  SlotID: '1',
  Cpus: '1',
  Memory: '128',
  Disk: '1000000',
  MachineResources: '"Cpus Memory Disk"',
  CondorVersion: JSON.stringify(VERSION),
  CondorPlatform: '"$CondorPlatform: X86_64-Debian_13 $"',
  UidDomain: '"worker"',
  FileSystemDomain: '"worker"',
};

/** A job of somebody whose name means nothing here: it runs as nobody. */
export const JOB: Attributes = {
  MyType: '"Job"',
  ClusterId: '7',
  ProcId: '0',
  JobUniverse: '5',
  Owner: '"ann"',
  User: '"ann@submit.example.org"',
  UidDomain: '"submit.example.org"',
  FileSystemDomain: '"submit.example.org"',
  Cmd: '"/home/ann/run.sh"',
  Arguments: '""',
  Iwd: '"/home/ann"',
  In: '"/dev/null"',
  Out: '"out"',
  Err: '"err"',
  TransferIn: 'false',
  ShouldTransferFiles: '"YES"',
  WhenToTransferOutput: '"ON_EXIT"',
  CondorVersion: JSON.stringify(VERSION),
};
