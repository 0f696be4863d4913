import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, posix, win32 } from 'node:path';

const NAME = 'routing-policy';

/** What the place of the state folder depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * The folder for the ledger, the decision log and the like: one a user, shared by every editor and the command line.
 * `ROUTING_POLICY_STATE_DIR` overrides it (for tests and for homes on slow network drives); otherwise it is
 * `$XDG_STATE_HOME/routing-policy` on Linux, and the platform's equivalent elsewhere.
 */
export function stateFolderPath({ env, platform, home }: Surroundings): string {
  const override = env['ROUTING_POLICY_STATE_DIR'];
  if (override !== undefined && isAbsolute(override)) return override;
  if (platform === 'win32') {
    return win32.join(env['LOCALAPPDATA'] || win32.join(home, 'AppData', 'Local'), NAME);
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', NAME);
  const state = env['XDG_STATE_HOME'];
  // The XDG specification has relative paths ignored.
  return posix.join(state?.startsWith('/') ? state : posix.join(home, '.local', 'state'), NAME);
}

/**
 * The state folder, created where it is missing, and closed to other users.
 * @throws when it cannot be created, or when something else has its name.
 */
export function openStateFolder(surroundings: Partial<Surroundings> = {}): string {
  const { env = process.env, platform = process.platform, home = homedir() } = surroundings;
  const folder = stateFolderPath({ env, platform, home });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A folder that was there before may be open to others; on Windows the user's profile closes it.
  if (platform !== 'win32' && (statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  return folder;
}
