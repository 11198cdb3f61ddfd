/** Character classes: `[a-z\d[:space:]]`. */
import { addAll, complement, escapeSet, ignoreCase, posixSet } from './byte-sets';
import { type Cursor, PatternTrouble } from './cursor';
import { readByteEscape, readOctal } from './escapes';
import type { ByteSet } from './syntax';

export interface ClassOptions {
  readonly caseIgnored: boolean;
  /** `xx`: spaces and tabs in a class are left out. */
  readonly spacesIgnored: boolean;
}

/** Reads a class; the cursor stands behind its opening bracket. */
export function readClass(cursor: Cursor, options: ClassOptions): ByteSet {
  if (/^([.:=])[^\]]*\1\]/.test(cursor.rest)) {
    throw new PatternTrouble('a POSIX class stands inside of another class: [[:alpha:]]');
  }
  return new ClassReader(cursor, options).read();
}

class ClassReader {
  private readonly set: ByteSet = new Uint8Array(256);
  private quoted = false;

  constructor(
    private readonly cursor: Cursor,
    private readonly options: ClassOptions,
  ) {}

  read(): ByteSet {
    const negative = this.cursor.take('^');
    for (let first = true; first || !this.atEnd(); first = false) {
      this.skipMarks();
      if (!first && this.atEnd()) break;
      this.readItem();
      this.skipMarks();
    }
    this.cursor.next();
    const set = this.options.caseIgnored ? ignoreCase(this.set) : this.set;
    return negative ? complement(set) : set;
  }

  private atEnd(): boolean {
    return !this.quoted && this.cursor.peek() === ']';
  }

  /** `\Q…\E` takes what is between literally; nothing else is left out, but spaces with `xx`. */
  private skipMarks(): void {
    for (;;) {
      if (this.cursor.take('\\E')) this.quoted = false;
      else if (!this.quoted && this.cursor.take('\\Q')) this.quoted = true;
      else if (this.options.spacesIgnored && /[ \t]/.test(this.cursor.peek())) this.cursor.next();
      else return;
    }
  }

  private readItem(): void {
    const low = this.readMember();
    this.skipMarks();
    const isRange = !this.quoted && this.cursor.peek() === '-' && this.cursor.peek(1) !== ']';
    if (!isRange) {
      this.add(low, low);
      return;
    }
    this.cursor.next();
    this.skipMarks();
    if (this.atEnd()) {
      this.add(low, low);
      this.add(0x2d, 0x2d);
      return;
    }
    const high = this.readMember();
    if (low === undefined || high === undefined || low > high) {
      throw new PatternTrouble(
        'a range in a class goes from one byte to one that is not before it',
      );
    }
    this.add(low, high);
  }

  private add(low: number | undefined, high: number | undefined): void {
    if (low !== undefined && high !== undefined) this.set.fill(1, low, high + 1);
  }

  /** A byte; or, already added, a set of bytes (undefined). */
  private readMember(): number | undefined {
    const { cursor } = this;
    if (this.quoted) return cursor.next().charCodeAt(0);
    if (cursor.peek() === '[') {
      const posix = cursor.match(/\[:(\^?)([a-z]+):\]/y);
      if (posix !== undefined) {
        this.addPosix(posix[2] ?? '', posix[1] === '^');
        return undefined;
      }
      if (cursor.match(/\[([.=:])[^\]]*\1\]/y) !== undefined) {
        throw new PatternTrouble('there is no such POSIX class');
      }
    }
    const character = cursor.next();
    return character === '\\' ? this.readEscape() : character.charCodeAt(0);
  }

  private addPosix(name: string, negative: boolean): void {
    const set = posixSet(name, this.options.caseIgnored);
    if (set === undefined) throw new PatternTrouble(`there is no POSIX class ${name}`);
    addAll(this.set, negative ? complement(set) : set);
  }

  private readEscape(): number | undefined {
    const { cursor } = this;
    const byte = readByteEscape(cursor);
    if (byte !== undefined) return byte;
    if (/[0-7]/.test(cursor.peek())) return readOctal(cursor);
    const letter = cursor.next();
    if (letter === 'b') return 0x08;
    const set = letter === 'N' ? undefined : escapeSet(letter);
    if (set === undefined) throw new PatternTrouble(`\\${letter} has no meaning in a class`);
    addAll(this.set, set);
    return undefined;
  }
}
