/**
 * A pattern as a program for the matcher. Loops over single bytes are one instruction; all others
 * are written out, as often as they must match.
 */
import { PatternTrouble } from './cursor';
import type { Pattern } from './parser';
import {
  type Assertion,
  type ByteSet,
  type Lengths,
  lengthsOf,
  type Node,
  type RepeatMode,
} from './syntax';

export type Instruction =
  | { readonly op: 'set'; readonly set: ByteSet }
  | {
      readonly op: 'setLoop';
      readonly set: ByteSet;
      readonly least: number;
      readonly most: number;
      readonly mode: RepeatMode;
    }
  | { readonly op: 'jump'; to: number }
  /** Goes on at `first`, and if that fails, at `second`. */
  | { readonly op: 'split'; first: number; second: number }
  /** Remembers the place in a register. */
  | { readonly op: 'save'; readonly register: number }
  /** A group matched, from the place in the register on: only now its old match is forgotten. */
  | { readonly op: 'capture'; readonly group: number; readonly from: number }
  /** Goes back to the start of a loop; out of it, where it turned around nothing. */
  | { readonly op: 'again'; readonly register: number; readonly start: number }
  | { readonly op: 'assertion'; readonly test: Assertion }
  | { readonly op: 'back'; readonly groups: readonly number[]; readonly ignoreCase: boolean }
  | { readonly op: 'ifGroup'; readonly group: number; otherwise: number }
  /** Runs what follows up to its `done` on its own; goes on at `next`. */
  | { readonly op: 'atomic'; next: number }
  | { readonly op: 'ahead'; readonly negative: boolean; next: number }
  | { readonly op: 'behind'; readonly negative: boolean; readonly lengths: Lengths; next: number }
  | { readonly op: 'done' };

export interface Program {
  readonly instructions: readonly Instruction[];
  /** How many groups are captured; group n is in the registers 2n and 2n + 1. */
  readonly groups: number;
  readonly registers: number;
}

/** The longest program: a nest of counted repeats must not fill the memory. */
const MAX_INSTRUCTIONS = 50_000;

/** The longest looks behind: PCRE2's own limits. */
const MAX_FIXED_BEHIND = 65_535;
const MAX_VARYING_BEHIND = 255;

/** Makes the program. @throws PatternTrouble where it would be too long. */
export function compile(pattern: Pattern): Program {
  return new Compiler(pattern).compile();
}

class Compiler {
  private readonly code: Instruction[] = [];
  private registers: number;

  constructor(private readonly pattern: Pattern) {
    this.registers = 2 * pattern.groups + 2;
  }

  compile(): Program {
    this.emit({ op: 'save', register: 0 });
    this.node(this.pattern.node);
    this.emit({ op: 'save', register: 1 });
    this.emit({ op: 'done' });
    const { groups } = this.pattern;
    return { instructions: this.code, groups, registers: this.registers };
  }

  private emit<T extends Instruction>(instruction: T): T {
    if (this.code.length >= MAX_INSTRUCTIONS) throw new PatternTrouble('the pattern is too large');
    this.code.push(instruction);
    return instruction;
  }

  private node(node: Node): void {
    switch (node.kind) {
      case 'set':
        this.emit({ op: 'set', set: node.set });
        return;
      case 'sequence':
        for (const item of node.items) this.node(item);
        return;
      case 'alternatives':
        this.alternatives(node.branches);
        return;
      case 'group':
        this.group(node);
        return;
      case 'repeat':
        this.repeat(node);
        return;
      case 'assertion':
        this.emit({ op: 'assertion', test: node.test });
        return;
      case 'back':
        this.emit({ op: 'back', groups: node.groups, ignoreCase: node.ignoreCase });
        return;
      case 'keep':
        this.emit({ op: 'save', register: 0 });
        return;
      case 'conditional':
        this.conditional(node);
        return;
      default:
        this.separate(node);
    }
  }

  private group({ number, inner }: Node & { kind: 'group' }): void {
    const from = this.registers;
    this.registers += 1;
    this.emit({ op: 'save', register: from });
    this.node(inner);
    this.emit({ op: 'capture', group: number, from });
  }

  private separate(node: Node & { kind: 'atomic' | 'ahead' | 'behind' }): void {
    const start = this.emit(this.separateInstruction(node));
    this.node(node.inner);
    this.emit({ op: 'done' });
    start.next = this.code.length;
  }

  private alternatives(branches: readonly Node[]): void {
    const ends: { to: number }[] = [];
    branches.forEach((branch, index) => {
      if (index === branches.length - 1) {
        this.node(branch);
        return;
      }
      const split = this.emit({ op: 'split', first: this.code.length + 1, second: 0 });
      this.node(branch);
      ends.push(this.emit({ op: 'jump', to: 0 }));
      split.second = this.code.length;
    });
    for (const end of ends) end.to = this.code.length;
  }

  private conditional(node: Node & { kind: 'conditional' }): void {
    const test = this.emit({ op: 'ifGroup', group: node.group, otherwise: 0 });
    this.node(node.yes);
    const end = this.emit({ op: 'jump', to: 0 });
    test.otherwise = this.code.length;
    this.node(node.no);
    end.to = this.code.length;
  }

  private repeat(node: Node & { kind: 'repeat' }): void {
    const { inner, least, most, mode } = node;
    if (inner.kind === 'set') {
      this.emit({ op: 'setLoop', set: inner.set, least, most, mode });
    } else if (mode === 'possessive') {
      this.separate({ kind: 'atomic', inner: { ...node, mode: 'greedy' } });
    } else {
      for (let count = 0; count < least; count += 1) this.node(inner);
      if (most === Infinity) this.loop(inner, mode);
      else this.optional(inner, most - least, mode);
    }
  }

  private loop(inner: Node, mode: RepeatMode): void {
    const register = this.registers;
    this.registers += 1;
    const start = this.code.length;
    const split = this.split(mode);
    this.emit({ op: 'save', register });
    this.node(inner);
    this.emit({ op: 'again', register, start });
    this.leave(split, mode);
  }

  /** Up to `count` times more, each of them only after the one before. */
  private optional(inner: Node, count: number, mode: RepeatMode): void {
    const splits: (Instruction & { op: 'split' })[] = [];
    for (let done = 0; done < count; done += 1) {
      splits.push(this.split(mode));
      this.node(inner);
    }
    for (const split of splits) this.leave(split, mode);
  }

  /** A choice between going in and going on; where it goes on is known later. */
  private split(mode: RepeatMode): Instruction & { op: 'split' } {
    const inside = this.code.length + 1;
    return this.emit(
      mode === 'lazy'
        ? { op: 'split', first: 0, second: inside }
        : { op: 'split', first: inside, second: 0 },
    );
  }

  private leave(split: Instruction & { op: 'split' }, mode: RepeatMode): void {
    const choice = split;
    if (mode === 'lazy') choice.first = this.code.length;
    else choice.second = this.code.length;
  }

  private separateInstruction(
    node: Node & { kind: 'atomic' | 'ahead' | 'behind' },
  ): Instruction & { op: 'atomic' | 'ahead' | 'behind' } {
    switch (node.kind) {
      case 'atomic':
        return { op: 'atomic', next: 0 };
      case 'ahead':
        return { op: 'ahead', negative: node.negative, next: 0 };
      case 'behind': {
        const lengths = lengthsOf(node.inner, this.pattern.groupLengths);
        const isFixed = node.inner.kind !== 'alternatives' && lengths.least === lengths.most;
        if (lengths.most > (isFixed ? MAX_FIXED_BEHIND : MAX_VARYING_BEHIND)) {
          throw new PatternTrouble('what is looked for behind has no bounded length');
        }
        return { op: 'behind', negative: node.negative, lengths, next: 0 };
      }
    }
  }
}
