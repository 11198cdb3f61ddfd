/** Faults that are the machine's and not the job's. */
import type { JobFault } from '../job/faults';

/** CONDOR_HOLD_CODE::StarterError of condor_holdcodes.h: from 1000 on a job leaves the slot and is not held. */
const STARTER_ERROR = 1007;

/**
 * The machine is at fault: the job goes elsewhere.
 *
 * @param subcode an exit status or errno, where there is one
 */
export function machineFault(reason: string, subcode = 0): JobFault {
  return { cause: 'peer', code: STARTER_ERROR, subcode, reason };
}
