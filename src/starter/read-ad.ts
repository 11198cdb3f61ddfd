/**
 * Reading an ad from a file or from standard input.
 */
import fs from 'node:fs';
import { type ClassAd, fromBytes, parseClassAd } from '../condor/classad';
import { err, ok, type Result } from '../result';

const STDIN = 0;

/** The largest ad that is read, bytes: far more than any job's, and no strain on memory. */
const MAX_AD_SIZE = 16 * 1024 * 1024;

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
  try {
    if (file !== '-' && fs.statSync(file).size > MAX_AD_SIZE) {
      return err(`${name} is larger than ${MAX_AD_SIZE} bytes: that is no ClassAd`);
    }
    return ok(fromBytes(fs.readFileSync(file === '-' ? STDIN : file)));
  } catch (thrown) {
    return err(`Cannot read the ad ${name}: ${(thrown as Error).message}`);
  }
}
