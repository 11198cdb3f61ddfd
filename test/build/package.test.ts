/**
 * package.json and its lock file: what `npm ci` needs in a fresh clone, anywhere.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { TREE } from '../support/root';

interface Package {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface LockedPackage {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly name?: string;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(path.join(TREE, name), 'utf8'));
}

const manifest = read('package.json') as Package;
const { packages } = read('package-lock.json') as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
/** Without the first entry, which is this package. */
const locked = Object.entries(packages).filter(([place]) => place !== '');

describe('package.json', () => {
  test('names the exact version of everything', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    const exact = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+$/;
    assert.deepEqual(
      Object.entries(all).filter(([, version]) => !exact.test(version)),
      [],
    );
  });

  test('allows install scripts to the packages that have one, and to no others', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = scripted.map(
      ([place, { name }]) => name ?? place.slice(place.lastIndexOf('node_modules/') + 13),
    );
    assert.deepEqual(Object.keys(manifest.allowScripts).sort(), [...new Set(names)].sort());
  });
});

describe('package-lock.json', () => {
  test('has a hash for every package', () => {
    assert.deepEqual(
      locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')),
      [],
    );
  });

  test('names no registry', () => {
    assert.deepEqual(
      locked.filter(([, { resolved }]) => resolved !== undefined),
      [],
    );
  });

  test('has every optional package, for every platform: npm ci refuses one that lacks any', () => {
    const missing = locked.flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`${place}/node_modules/${name}` in packages || `node_modules/${name}` in packages),
      ),
    );
    assert.deepEqual(missing, []);
  });
});
