/**
 * What ENVIRONMENT_FOR_Assigned<Resource> says: variables that tell a job which of a resource's
 * instances (GPUs, mostly) are its own.
 *
 * The knob is a list of variables. A name alone is set to the assigned ids as they are; a name with
 * `=/regular expression/replacement/` is set to the ids after that replacement in each, where `$0`–`$9`
 * are the groups and any character can stand for `/`.
 *
 * Source: the manual's ENVIRONMENT_FOR_Assigned<name>; SetEnvironmentForAssignedRes of
 * HTCondor's condor_starter.
 */
import { err, ok, type Result } from '../result';

/** One variable of the knob. */
interface ResourceVariable {
  readonly name: string;
  /** Undefined: the ids as they are. */
  readonly edit: { readonly pattern: RegExp; readonly replacement: string } | undefined;
}

/** CUDA and OpenCL number their devices: their own variables take numbers, not HTCondor's ids. */
const NUMBERS_ONLY = ['CUDA_VISIBLE_DEVICES', 'GPU_DEVICE_ORDINAL'];

/**
 * The variables for one resource.
 *
 * @param knob value of ENVIRONMENT_FOR_Assigned<Resource>.
 * @param assigned the machine ad's Assigned<Resource>: ids, separated by commas.
 * @returns names and values, or a sentence that says what is wrong with the knob's value.
 */
export function resourceEnvironment(
  knob: string,
  assigned: string,
): Result<Map<string, string>, string> {
  const variables = parseVariables(knob);
  if (!variables.ok) return variables;
  return ok(
    new Map(variables.value.map((variable) => [variable.name, valueOf(variable, assigned)])),
  );
}

function parseVariables(knob: string): Result<ResourceVariable[], string> {
  const variables: ResourceVariable[] = [];
  let rest = knob.replace(/^[\s,]+/, '');
  while (rest !== '') {
    const [head = '', name = ''] = /^([^\s,=]+)\s*=?\s*/.exec(rest) ?? [];
    if (name === '') return err(`a name is missing before ${rest}`);
    rest = rest.slice(head.length);
    if (!head.includes('=')) {
      variables.push({ name, edit: undefined });
    } else {
      const edit = parseEdit(name, rest);
      if (!edit.ok) return edit;
      variables.push({ name, edit: edit.value });
      rest = rest.slice(edit.value.length);
    }
    rest = rest.replace(/^[\s,]+/, '');
  }
  return ok(variables);
}

/** Reads `/regular expression/replacement/` off the front; `length` is what that took. */
function parseEdit(
  name: string,
  text: string,
): Result<{ pattern: RegExp; replacement: string; length: number }, string> {
  const mark = text.charAt(0);
  const middle = text.indexOf(mark, 1);
  const end = text.indexOf(mark, middle + 1);
  if (mark === '' || middle < 0 || end < 0) {
    return err(`${name} needs the form ${name}=/regular expression/replacement/`);
  }
  try {
    const pattern = new RegExp(text.slice(1, middle));
    return ok({ pattern, replacement: text.slice(middle + 1, end), length: end + 1 });
  } catch (error) {
    return err(`the regular expression for ${name} is not one: ${(error as Error).message}`);
  }
}

function valueOf({ name, edit }: ResourceVariable, assigned: string): string {
  const plain =
    edit === undefined || (name === 'CUDA_VISIBLE_DEVICES' && edit.pattern.source === '(?:)');
  if (plain && NUMBERS_ONLY.includes(name)) return assigned.replace(/[^0-9,]/g, '');
  if (edit === undefined) return assigned;
  const ids = assigned.split(/[\s,]+/).filter((id) => id !== '');
  return ids.map((id) => edited(id, edit.pattern, edit.replacement)).join(',');
}

/** Replaces the first match, as `$0`–`$9` of the replacement say. */
function edited(id: string, pattern: RegExp, replacement: string): string {
  return id.replace(pattern, (...match: unknown[]) =>
    replacement.replace(/\$(\d)/g, (_, digit: string) => {
      // After the groups come the offset and the whole string.
      const group = Number(digit) < match.length - 2 ? match[Number(digit)] : undefined;
      return typeof group === 'string' ? group : '';
    }),
  );
}
