/**
 * HTCondor's version strings, and what differs between versions as far as a starter must know.
 * Pure.
 *
 *     $CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $
 *     $CondorPlatform: X86_64-Debian_13 $
 *
 * Source: condor_version.cpp of condor_utils; docs/version-history for the numbers below.
 */
import type { ClassAd } from '../classad';

/** A version's three numbers. */
export interface CondorVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** What we call ourselves to shadow and startd. */
export interface ReportedVersion {
  /** `$CondorVersion: … $`, whole. */
  readonly version: string;
  /** `$CondorPlatform: … $`, whole. */
  readonly platform: string;
}

const VERSION = /^\$CondorVersion: (\d{1,4})\.(\d{1,4})\.(\d{1,4})(?: [^$\n]*)?\$$/;
const PLATFORM = /^\$CondorPlatform: ([^\s$]+) \$$/;

/** Reads a version string; undefined: it is none. */
export function parseCondorVersion(text: string): CondorVersion | undefined {
  const [, major, minor, patch] = VERSION.exec(text) ?? [];
  if (major === undefined) return undefined;
  return { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** Reads a platform string: `X86_64-Debian_13`; undefined: it is none. */
export function parseCondorPlatform(text: string): string | undefined {
  return PLATFORM.exec(text)?.[1];
}

/** Below 0: `a` is older than `b`; 0: they are the same. */
export function compareVersions(a: CondorVersion, b: CondorVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/**
 * The version that a starter reports is that of the HTCondor that it is installed in, because
 * submit side and tools go by it; the startd's own, in the machine ad.
 *
 * @returns undefined where the ad has no such strings
 */
export function installedVersion(machine: ClassAd): ReportedVersion | undefined {
  const version = machine.string('CondorVersion');
  const platform = machine.string('CondorPlatform');
  if (version === undefined || parseCondorVersion(version) === undefined) return undefined;
  if (platform === undefined || parseCondorPlatform(platform) === undefined) return undefined;
  return { version, platform };
}

/** A way in which versions differ: true from `since` on. */
const DIFFERENCES = {
  /** Soft eviction comes as STARTER_VACATE_JOB; before, and where that fails, as SIGTERM. */
  vacatesByCommand: { major: 24, minor: 3, patch: 0 },
  /** VacateReason, VacateReasonCode and VacateReasonSubCode belong into updates. */
  reportsVacateReason: { major: 24, minor: 3, patch: 0 },
  /** Exit statuses 15 to 18 mark a slot broken. */
  knowsBrokenSlots: { major: 24, minor: 3, patch: 0 },
  /** Updates tell CondorScratchDir; the startd writes .update.ad into dir_<pid>/htcondor if there. */
  nestsScratch: { major: 24, minor: 12, patch: 4 },
  /**
   * What differs between 23.9.6 and 25.14.1, with a change in between that nobody wrote down: SlotAd
   * in register_starter_info, requests for guidance, no ToE in updates, quiet after the final one.
   */
  isOf25: { major: 25, minor: 0, patch: 0 },
} as const satisfies Record<string, CondorVersion>;

/** Whether a version has one of the differences; one that cannot be told is taken for an old one. */
export function hasDifference(
  version: CondorVersion | undefined,
  name: keyof typeof DIFFERENCES,
): boolean {
  return version !== undefined && compareVersions(version, DIFFERENCES[name]) >= 0;
}
