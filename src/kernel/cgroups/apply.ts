/** Writing a job's limits into its cgroup. */
import fs from 'node:fs';
import { errnoText } from '../errno';
import { writeText } from './files';
import type { Setting } from './settings';

/**
 * Writes a setting.
 *
 * @returns what a person should know of it: why the job goes without; undefined: it is written
 */
export function applySetting(directory: string, setting: Setting): string | undefined {
  const { files, purpose, value } = setting;
  const present = filesIn(directory, files);
  if (present.length === 0) {
    return `no ${purpose}: this kernel has no ${files.join(' or ')} here`;
  }
  for (const file of present) {
    const errno = writeText(directory, file, value);
    if (errno !== 0) return `no ${purpose}: cannot write ${value} to ${file}: ${errnoText(errno)}`;
  }
  return undefined;
}

/** The first file that is there, or all that a pattern stands for. */
function filesIn(directory: string, files: readonly string[]): readonly string[] {
  const [pattern = ''] = files;
  if (pattern.includes('*')) return matching(directory, pattern);
  const present = files.find((file) => fs.existsSync(`${directory}/${file}`));
  return present === undefined ? [] : [present];
}

function matching(directory: string, pattern: string): readonly string[] {
  const [before = '', after = ''] = pattern.split('*');
  return fs
    .readdirSync(directory)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .filter((name) => !name.slice(before.length, -after.length).includes('.'));
}
