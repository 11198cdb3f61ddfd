/**
 * `eyrie ps`: the families of processes on this machine, and what they use.
 */
import path from 'node:path';
import { printableLine } from '../../printable';
import { ProcdQuestions } from '../../starter/families/ask-procd';
import { listFamilies } from '../../starter/families/list-families';
import type { FamilyListing } from '../../starter/families/types';
import type { CommandIo, PsOptions } from '../options/types';
import { listingJson } from '../ps/json';
import { familyTable } from '../ps/table';
import { watchFamilies } from '../ps/watch';

const ALL_ASKED = 0;
const NOT_ALL_ASKED = 1;

/** Gives 0, or 1 where a procd that should be there could not be asked. */
export async function runPs({ address, json, watch }: PsOptions, io: CommandIo): Promise<number> {
  const questions = new ProcdQuestions();
  const procd = address === undefined ? undefined : path.resolve(address);
  const look = (): Promise<FamilyListing> => listFamilies(questions, procd);
  try {
    if (watch) {
      const text = json
        ? listingJson
        : (listing: FamilyListing) => `${clock(listing)}\n${table(listing)}\n`;
      const lines = (listing: FamilyListing): readonly string[] => [
        `${clock(listing)}  (q ends it)`,
        ...listing.troubles.map(printableLine),
        '',
        ...tableLines(listing),
      ];
      await watchFamilies({ look, text, lines, alwaysText: json }, io);
      return ALL_ASKED;
    }
    const listing = await look();
    for (const trouble of listing.troubles)
      io.stderr.write(`eyrie ps: ${printableLine(trouble)}\n`);
    io.stdout.write(json ? listingJson(listing) : table(listing));
    return listing.troubles.length === 0 ? ALL_ASKED : NOT_ALL_ASKED;
  } finally {
    questions.close();
  }
}

function table(listing: FamilyListing): string {
  return tableLines(listing)
    .map((line) => `${line}\n`)
    .join('');
}

function tableLines({ families, troubles }: FamilyListing): readonly string[] {
  if (families.length > 0) return familyTable(families);
  return troubles.length > 0 ? [] : ['Nothing runs here: no job, and no family of a procd.'];
}

function clock({ time }: FamilyListing): string {
  return new Date(time * 1000).toLocaleTimeString('en-GB');
}
