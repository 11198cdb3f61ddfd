/** Checks: what GLEXEC_JOB needs, where the site wants it. */
import fs from 'node:fs';
import path from 'node:path';
import { type GlexecSettings, readGlexec } from '../../job/glexec-mode';
import { nativePath } from '../../kernel/native-files';
import { whatKeepsOthersOut } from '../../privsep/glexec-sandbox';
import { glexecTrouble, helperDirectory } from '../../starter/privileged-steps';
import {
  type Check,
  type Finding,
  limited,
  missing,
  preventsJobs,
  type Topic,
  works,
} from './check';
import type { Examination } from './examination';

const SET_USER_ID = 0o4000;

const PROGRAM: Check = {
  id: 'glexec-job',
  title: 'GLEXEC_JOB',
  neededFor: 'jobs as the account of their proxy',
  run: (examination) => withSettings(examination, ({ program }) => judgeProgram(program)),
};

const ACCESS: Check = {
  id: 'glexec-access',
  title: 'eyrie-init for all',
  neededFor: 'GLEXEC_JOB: the accounts start it',
  run: (examination) =>
    withSettings(examination, () => {
      const files = [
        nativePath('eyrie-init'),
        path.join(helperDirectory(), 'condor_glexec_job_wrapper'),
      ];
      const closed = files.map(whatKeepsOthersOut).find((place) => place !== undefined);
      if (closed === undefined) return works(files.join(', '));
      return preventsJobs(
        `${closed} lets no other account in`,
        'install Eyrie where every account can run it',
      );
    }),
};

function judgeProgram(program: string): Finding {
  const trouble = glexecTrouble(program);
  if (trouble !== undefined) return preventsJobs(`GLEXEC = ${program}: ${trouble}`, 'set GLEXEC');
  const { mode, uid } = fs.statSync(program);
  if (uid === 0 && (mode & SET_USER_ID) !== 0) return works(program);
  return limited(
    `${program} is not set-uid root: it can make nobody another account`,
    'chown root and chmod 4111, on a file system without nosuid',
  );
}

function withSettings(
  { config, host }: Examination,
  judge: (settings: GlexecSettings) => Finding,
): Finding {
  if (!config.ok) return missing('the configuration cannot be read (above)');
  const glexec = readGlexec(config.value, host);
  if (!glexec.ok) return preventsJobs(glexec.error.message, 'set it as the sentence says');
  return glexec.value === undefined ? works('not wanted (GLEXEC_JOB)') : judge(glexec.value);
}

/** What gLExec needs. */
export const GLEXEC: Topic = { title: 'gLExec', checks: [PROGRAM, ACCESS] };
