/** A pattern and the place in it where the reading is. */

/** Why a pattern is not one; an exception inside this folder, never outside. */
export class PatternTrouble extends Error {}

export class Cursor {
  at = 0;

  constructor(readonly text: string) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** What is not read yet. */
  get rest(): string {
    return this.text.slice(this.at);
  }

  /** The next character, or '' at the end. */
  peek(ahead = 0): string {
    return this.text.charAt(this.at + ahead);
  }

  next(): string {
    const character = this.peek();
    if (character === '') throw new PatternTrouble('the pattern ends too early');
    this.at += 1;
    return character;
  }

  /** Goes past a text, if it is the next thing. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** Goes past what a sticky pattern matches here, and gives its groups. */
  match(sticky: RegExp): RegExpExecArray | undefined {
    const pattern = sticky;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match;
  }
}
