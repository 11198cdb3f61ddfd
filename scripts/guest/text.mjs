/** What happens in the guest, for people: as scripts/test/reporter.mjs tells it. */

/** Prints a record of scripts/guest/run.mjs, and sets the exit status where it is bad news. */
export function printText(record) {
  if (record.type === 'test') printTest(record);
  else if (record.type === 'file') printFile(record);
  else printEnd(record);
}

function printTest({ outcome, line, name, reason, milliseconds }) {
  switch (outcome) {
    case 'fail':
      return print(`FAIL line ${line}: ${name}\n${reason.replace(/^/gm, '    ')}`);
    case 'skip':
    case 'elsewhere':
      return print(`${outcome} line ${line}: ${name}: ${reason}`);
    default:
      return print(`${outcome} ${name} (${milliseconds / 1000} s)`);
  }
}

function printFile({ file, status, tests }) {
  const number = (wanted) => tests.filter(({ outcome }) => outcome === wanted).length;
  const milliseconds = tests.reduce((sum, test) => sum + test.milliseconds, 0);
  const counts = ['pass', 'elsewhere', 'skip', 'fail']
    .filter((outcome) => number(outcome) > 0)
    .map((outcome) => `${number(outcome)} ${outcome}`);
  const good = status === 0 && number('pass') > 0;
  if (!good) process.exitCode = 1;
  const ended = status === 0 ? '' : `, exit status ${status}`;
  print(
    `${good ? 'ok  ' : 'FAIL'} ${file} (${counts.join(', ')}, ${milliseconds / 1000} s${ended})`,
  );
}

function printEnd({ seconds, console }) {
  if (seconds === undefined) {
    process.exitCode = 1;
    print('FAIL the guest did not come to its end');
  } else {
    print(`the guest was up for ${seconds} s`);
  }
  if (process.exitCode) print(`its console:\n${console}`);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}
