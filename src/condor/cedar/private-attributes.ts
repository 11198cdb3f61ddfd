/**
 * Attributes that carry secrets: whoever knows a claim's id may use the claim. They go to peers over
 * encrypted connections only, and never to a file that a job can read. compat_classad.cpp,
 * ClassAdPrivateAttrs and ClassAdAttributeIsPrivateV2().
 */
const NAMES: ReadonlySet<string> = new Set([
  'capability',
  'childclaimids',
  'claimid',
  'claimidlist',
  'claimids',
  'pairedclaimid',
  'splitclaimid',
  'transferkey',
]);

const PREFIX = '_condor_priv';

/** Whether an attribute is private; names are compared without regard to case. */
export function isPrivateAttribute(name: string): boolean {
  const lower = name.toLowerCase();
  return NAMES.has(lower) || lower.startsWith(PREFIX);
}
