/**
 * Reading an ad from a file or from standard input.
 */
import fs from 'node:fs';
import { type ClassAd, fromBytes, parseClassAd } from '../condor/classad';
import { thrownText } from '../kernel/errno';
import { err, ok, type Result } from '../result';

const STDIN = 0;

/** The largest ad that is read, bytes: far more than any job's, and no strain on memory. */
const MAX_AD_SIZE = 16 * 1024 * 1024;
const PIECE = 64 * 1024;

/**
 * Reads an ad, in old syntax, or in new where its first character is `[`.
 *
 * @param file a path, or `-` for standard input
 * @returns the ad, or a sentence that names the file, and for bad syntax line and column
 */
export function readAd(file: string): Result<ClassAd, string> {
  const name = file === '-' ? 'standard input' : file;
  const text = readText(file, name);
  if (!text.ok) return text;
  const parsed = parseClassAd(text.value, { syntax: 'auto' });
  if (parsed.ok) return parsed;
  const { line, column, message } = parsed.error;
  return err(`${name}:${line}:${column}: ${message}`);
}

function readText(file: string, name: string): Result<string, string> {
  let fd: number | undefined;
  try {
    fd = file === '-' ? STDIN : fs.openSync(file, 'r');
    const bytes = readAtMost(fd, MAX_AD_SIZE);
    return bytes === undefined
      ? err(`${name} is larger than ${MAX_AD_SIZE} bytes: that is no ClassAd`)
      : ok(fromBytes(bytes));
  } catch (thrown) {
    return err(`Cannot read the ad ${name}: ${thrownText(thrown)}`);
  } finally {
    if (fd !== undefined && fd !== STDIN) fs.closeSync(fd);
  }
}

/**
 * Everything in a file, undefined where that is more than `limit` bytes. What a file says of its size
 * is not asked: a pipe and /dev/zero say nothing.
 */
function readAtMost(fd: number, limit: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let size = 0; size <= limit;) {
    const piece = Buffer.allocUnsafe(PIECE);
    const bytes = fs.readSync(fd, piece);
    if (bytes === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, bytes));
    size += bytes;
  }
  return undefined;
}
