/**
 * Runs a program: backtracking, with a stack of its own, and with a limit of steps. Patterns that
 * take exponential time (`(a+)+$`) end with the limit, as PCRE2's match limit ends them.
 */
import { escapeSet } from './byte-sets';
import type { Instruction, Program } from './program';
import type { Assertion } from './syntax';

/** Where groups start and end: group n at 2n and 2n + 1; -1: it is not set. Group 0 is all. */
export type Captures = readonly number[];

export interface MatchOptions {
  /** The match starts where the search does. */
  readonly anchored?: boolean;
  /** The match at the place where the search starts is not empty. */
  readonly notEmptyAtStart?: boolean;
}

/** What came of a search; `limit`: it took more steps than there were. */
export type Outcome = Captures | 'none' | 'limit';

/** Steps that are left; one search may take what the next one lacks. */
export interface StepBudget {
  steps: number;
}

/** Finds the first match at or after a place. */
export function search(
  program: Program,
  subject: string,
  from: number,
  budget: StepBudget,
  options: MatchOptions = {},
): Outcome {
  const matcher = new Matcher(program, subject, from, budget);
  const last = options.anchored === true ? from : subject.length;
  for (let start = from; start <= last; start += 1) {
    const forbiddenEnd = options.notEmptyAtStart === true && start === from ? start : -1;
    const captures = matcher.matchAt(start, forbiddenEnd);
    if (budget.steps <= 0) return 'limit';
    if (captures !== undefined) return captures;
  }
  return 'none';
}

/** Where the matcher is: at an instruction, and in the subject. */
interface Place {
  readonly pc: number;
  readonly place: number;
}

/** A place to go back to: at `pc` with `place`, or a register's old value. */
type Alternative =
  | { readonly kind: 'choice'; readonly pc: number; readonly place: number }
  /** As many places as a loop over a set can still give back, or take. */
  | { readonly kind: 'range'; readonly pc: number; readonly place: number; readonly end: number }
  | { readonly kind: 'register'; readonly register: number; readonly value: number };

class Matcher {
  private readonly registers: number[];
  private alternatives: Alternative[] = [];
  /** Where the run that is going on must end; -1: anywhere. */
  private requiredEnd = -1;
  private forbiddenEnd = -1;

  constructor(
    private readonly program: Program,
    private readonly subject: string,
    private readonly searchStart: number,
    private readonly budget: StepBudget,
  ) {
    this.registers = Array.from({ length: program.registers }, () => -1);
  }

  matchAt(start: number, forbiddenEnd: number): Captures | undefined {
    this.registers.fill(-1);
    this.forbiddenEnd = forbiddenEnd;
    this.requiredEnd = -1;
    const end = this.run(0, start, true);
    return end < 0 ? undefined : this.registers.slice(0, 2 * this.program.groups + 2);
  }

  /** Runs to `done`; gives the place reached, or -1. */
  private run(startPc: number, startPlace: number, outermost: boolean): number {
    const outer = this.alternatives;
    this.alternatives = [];
    let pc = startPc;
    let place = startPlace;
    let end = -1;
    for (;;) {
      this.budget.steps -= 1;
      if (this.budget.steps <= 0) break;
      const instruction = this.program.instructions[pc];
      if (instruction === undefined) break;
      if (instruction.op === 'done' && this.mayEndAt(place, outermost)) {
        end = place;
        break;
      }
      const next = instruction.op === 'done' ? undefined : this.step(instruction, pc, place);
      const resumed = next ?? this.backtrack();
      if (resumed === undefined) break;
      ({ pc, place } = resumed);
    }
    if (end < 0) this.undoRegisters();
    this.alternatives = outer;
    return end;
  }

  private mayEndAt(place: number, outermost: boolean): boolean {
    if (this.requiredEnd >= 0) return place === this.requiredEnd;
    const empty = this.registers[0] === this.forbiddenEnd && place === this.forbiddenEnd;
    return !(outermost && empty);
  }

  private undoRegisters(): void {
    for (const alternative of this.alternatives.reverse()) {
      if (alternative.kind === 'register') {
        this.registers[alternative.register] = alternative.value;
      }
    }
  }

  private backtrack(): Place | undefined {
    for (;;) {
      const alternative = this.alternatives.pop();
      if (alternative === undefined) return undefined;
      if (alternative.kind === 'choice') return alternative;
      if (alternative.kind === 'register') {
        this.registers[alternative.register] = alternative.value;
      } else {
        const { place, end } = alternative;
        if (place !== end) {
          this.alternatives.push({ ...alternative, place: place + Math.sign(end - place) });
        }
        return alternative;
      }
    }
  }

  private setRegister(register: number, value: number): void {
    const old = this.registers[register] ?? -1;
    this.alternatives.push({ kind: 'register', register, value: old });
    this.registers[register] = value;
  }

  /** Does one instruction; undefined: it failed. */
  private step(
    instruction: Exclude<Instruction, { op: 'done' }>,
    pc: number,
    place: number,
  ): Place | undefined {
    const next = { pc: pc + 1, place };
    switch (instruction.op) {
      case 'set':
        return instruction.set[this.subject.charCodeAt(place)] === 1
          ? { pc: pc + 1, place: place + 1 }
          : undefined;
      case 'setLoop':
        return this.setLoop(instruction, pc, place);
      case 'jump':
        return { pc: instruction.to, place };
      case 'split':
        this.alternatives.push({ kind: 'choice', pc: instruction.second, place });
        return { pc: instruction.first, place };
      case 'save':
        this.setRegister(instruction.register, place);
        return next;
      case 'capture':
        this.setRegister(2 * instruction.group, this.registers[instruction.from] ?? -1);
        this.setRegister(2 * instruction.group + 1, place);
        return next;
      case 'again':
        return this.registers[instruction.register] === place
          ? next
          : { pc: instruction.start, place };
      case 'assertion':
        return this.holds(instruction.test, place) ? next : undefined;
      case 'back':
        return this.back(instruction, pc, place);
      case 'ifGroup':
        return this.isSet(instruction.group) ? next : { pc: instruction.otherwise, place };
      default:
        return this.separately(instruction, pc, place);
    }
  }

  /** Does an instruction that runs what follows it on its own. */
  private separately(
    instruction: Instruction & { op: 'atomic' | 'ahead' | 'behind' },
    pc: number,
    place: number,
  ): Place | undefined {
    switch (instruction.op) {
      case 'atomic': {
        const end = this.runSeparately(pc + 1, place, -1);
        return end < 0 ? undefined : { pc: instruction.next, place: end };
      }
      case 'ahead': {
        const found = this.runSeparately(pc + 1, place, -1, instruction.negative) >= 0;
        return found === instruction.negative ? undefined : { pc: instruction.next, place };
      }
      case 'behind':
        return this.behind(instruction, pc, place);
    }
  }

  private setLoop(
    { set, least, most, mode }: Instruction & { op: 'setLoop' },
    pc: number,
    place: number,
  ): Place | undefined {
    const limit = Math.min(this.subject.length, place + most);
    let end = place;
    while (end < limit && set[this.subject.charCodeAt(end)] === 1) end += 1;
    this.budget.steps -= (end - place) / 8;
    const first = place + least;
    if (end < first) return undefined;
    if (mode === 'possessive') return { pc: pc + 1, place: end };
    const [now, last] = mode === 'greedy' ? [end, first] : [first, end];
    if (now !== last) {
      const following = now + Math.sign(last - now);
      this.alternatives.push({ kind: 'range', pc: pc + 1, place: following, end: last });
    }
    return { pc: pc + 1, place: now };
  }

  private isSet(group: number): boolean {
    return (this.registers[2 * group + 1] ?? -1) >= 0;
  }

  private back(
    { groups, ignoreCase }: Instruction & { op: 'back' },
    pc: number,
    place: number,
  ): Place | undefined {
    const group = groups.find((candidate) => this.isSet(candidate));
    if (group === undefined) return undefined;
    const captured = this.subject.slice(this.registers[2 * group], this.registers[2 * group + 1]);
    const found = this.subject.slice(place, place + captured.length);
    this.budget.steps -= captured.length / 8;
    const equal = ignoreCase ? asciiLower(captured) === asciiLower(found) : captured === found;
    return equal ? { pc: pc + 1, place: place + captured.length } : undefined;
  }

  private behind(
    { negative, lengths, next }: Instruction & { op: 'behind' },
    pc: number,
    place: number,
  ): Place | undefined {
    let found = false;
    // The longest first, as PCRE2 does: what is captured depends on it.
    const most = Math.min(lengths.most, place);
    for (let size = most; size >= lengths.least && !found; size -= 1) {
      found = this.runSeparately(pc + 1, place - size, place, negative) >= 0;
    }
    return found === negative ? undefined : { pc: next, place };
  }

  /**
   * Runs a part on its own: what it chose is final, but what it captured can be undone. Nothing
   * that is captured where it must not match stays.
   */
  private runSeparately(pc: number, place: number, requiredEnd: number, forget = false): number {
    const before = this.registers.slice();
    const { requiredEnd: outerEnd } = this;
    this.requiredEnd = requiredEnd;
    const end = this.run(pc, place, false);
    this.requiredEnd = outerEnd;
    before.forEach((value, register) => {
      if (this.registers[register] === value) return;
      if (forget) this.registers[register] = value;
      else this.alternatives.push({ kind: 'register', register, value });
    });
    return end;
  }

  private holds(test: Assertion, place: number): boolean {
    const { subject } = this;
    switch (test) {
      case 'subjectStart':
        return place === 0;
      case 'subjectEnd':
        return place === subject.length;
      case 'subjectEndOrNewline':
        return place === subject.length || (place === subject.length - 1 && this.isNewline(place));
      case 'lineStart':
        return place === 0 || (place < subject.length && this.isNewline(place - 1));
      case 'lineEnd':
        return place === subject.length || this.isNewline(place);
      case 'matchStart':
        return place === this.searchStart;
      case 'wordBoundary':
        return this.isWord(place - 1) !== this.isWord(place);
      case 'noWordBoundary':
        return this.isWord(place - 1) === this.isWord(place);
    }
  }

  private isNewline(place: number): boolean {
    return this.subject.charAt(place) === '\n';
  }

  private isWord(place: number): boolean {
    return escapeSet('w')?.[this.subject.charCodeAt(place)] === 1;
  }
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
