/**
 * `eyrie image`: keeps named chroots beside the knob NAMED_CHROOT, and checks them.
 */
import { type Config, readHandConfig } from '../../condor/config';
import { readNamedChroots } from '../../job/policy-values';
import { installPrefix } from '../../kernel/native-files';
import { err, ok, type Result } from '../../result';
import { EVALUATION_HOST } from '../../starter/evaluation-host';
import { openHostView } from '../../starter/host-view';
import { storedImages } from '../../starter/images';
import { addImage } from '../../starter/images/add-image';
import { checkImage } from '../../starter/images/check-image';
import { type ImagePlaces, readImagePlaces } from '../../starter/images/image-places';
import { removeImage } from '../../starter/images/remove-image';
import type {
  CommandIo,
  ConfigOptions,
  ImageAddOptions,
  ImageListOptions,
  ImageNameOptions,
} from '../options/types';

const DONE = 0;
const FAILED = 1;

/** Adds a directory or tar archive as a named chroot. Gives the exit status. */
export async function runImageAdd(options: ImageAddOptions, io: CommandIo): Promise<number> {
  const site = readSite(options);
  if (!site.ok) return fail(io, 'add', site.error);
  const { places, chroots } = site.value;
  if (chroots.has(options.name)) {
    const reason = `NAMED_CHROOT has a "${options.name}" already, which would win`;
    return fail(io, 'add', reason);
  }
  const added = await addImage(places, options.name, options.source);
  if (!added.ok) return fail(io, 'add', added.error);
  for (const note of added.value.notes) io.stderr.write(`eyrie image add: note: ${note}\n`);
  io.stdout.write(`${options.name}=${added.value.directory}\n`);
  return DONE;
}

/** Lists all named chroots: name, directory, where the name comes from, whether it can be used. */
export function runImageList(options: ImageListOptions, io: CommandIo): number {
  const site = readSite(options);
  if (!site.ok) return fail(io, 'list', site.error);
  const { images, places } = site.value;
  const width = Math.max(0, ...images.map(({ name }) => name.length));
  for (const { name, directory, source } of images) {
    const state = checkImage(directory, places.execute).length === 0 ? 'safe  ' : 'UNSAFE';
    io.stdout.write(`${name.padEnd(width)}  ${state}  ${directory}  (${source})\n`);
  }
  return DONE;
}

/** Shows one named chroot, and everything that is wrong with it. Gives 1 where a job cannot have it. */
export function runImageShow(options: ImageNameOptions, io: CommandIo): number {
  const site = readSite(options);
  if (!site.ok) return fail(io, 'show', site.error);
  const image = site.value.images.find(({ name }) => name === options.name);
  if (image === undefined) return fail(io, 'show', unknown(options.name, site.value));
  const problems = checkImage(image.directory, site.value.places.execute);
  io.stdout.write(
    [
      `name       ${image.name}`,
      `directory  ${image.directory}`,
      `from       ${image.source}`,
      `state      ${problems.length === 0 ? 'safe' : 'UNSAFE: no job will be put into it'}`,
      ...problems.map((problem) => `           ${problem}`),
      '',
    ].join('\n'),
  );
  return problems.length === 0 ? DONE : FAILED;
}

/** Forgets a named chroot; deletes one that was unpacked. */
export async function runImageRemove(options: ImageNameOptions, io: CommandIo): Promise<number> {
  const site = readSite(options);
  if (!site.ok) return fail(io, 'remove', site.error);
  if (site.value.chroots.has(options.name)) {
    const reason = `"${options.name}" is in the knob NAMED_CHROOT: take it out there`;
    return fail(io, 'remove', reason);
  }
  const removed = await removeImage(site.value.places, options.name);
  if (!removed.ok) return fail(io, 'remove', removed.error);
  const { directory, isDeleted } = removed.value;
  io.stdout.write(`${isDeleted ? 'deleted' : 'left alone'}: ${directory}\n`);
  return DONE;
}

/** A named chroot and where its name comes from. */
interface ListedImage {
  readonly name: string;
  readonly directory: string;
  readonly source: string;
}

/** What the commands need of this host. */
interface ImageSite {
  readonly places: ImagePlaces;
  /** The knob NAMED_CHROOT. */
  readonly chroots: ReadonlyMap<string, string>;
  /** Of both, by name. */
  readonly images: readonly ListedImage[];
}

function readSite(options: ConfigOptions): Result<ImageSite, string> {
  const config = readConfig(options);
  if (!config.ok) return config;
  const places = readImagePlaces(config.value);
  if (!places.ok) return places;
  const chroots = readNamedChroots(config.value);
  if (!chroots.ok) return err(chroots.error.message);
  const stored = storedImages(config.value);
  if (!stored.ok) return stored;
  const images = [
    ...listed(chroots.value, 'NAMED_CHROOT'),
    ...listed(stored.value, places.value.file).filter(({ name }) => !chroots.value.has(name)),
  ];
  return ok({
    places: places.value,
    chroots: chroots.value,
    images: images.sort((one, other) => (one.name < other.name ? -1 : 1)),
  });
}

function readConfig(options: ConfigOptions): Result<Config, string> {
  const host = openHostView();
  if (!host.ok) return host;
  const config = readHandConfig({
    file: options.configFile,
    overrides: options.set,
    environment: process.env,
    prefix: installPrefix(),
    fullHostname: host.value.hostname,
    host: EVALUATION_HOST,
  });
  return config.ok ? config : err(config.error.map(({ message }) => message).join('; '));
}

function listed(images: ReadonlyMap<string, string>, source: string): readonly ListedImage[] {
  return [...images].map(([name, directory]) => ({ name, directory, source }));
}

function unknown(name: string, { images }: ImageSite): string {
  const known = images.map((image) => image.name).join(', ');
  return `There is no image "${name}"; ${known === '' ? 'there is none at all' : `there are ${known}`}`;
}

function fail(io: CommandIo, command: string, reason: string): number {
  io.stderr.write(`eyrie image ${command}: ${reason}\n`);
  return FAILED;
}
