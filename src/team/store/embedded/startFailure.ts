import { lineOf } from '../../../routing/labels.ts';

/** What PostgreSQL says when it does not start, and what to do about it. */
const ADVICE: readonly (readonly [said: RegExp, advice: string])[] = [
  [
    /No space left on device|could not extend file|Disk quota exceeded/i,
    'The disk is full: make room, then start again.',
  ],
  [
    /lock file .* already exists|pre-existing shared memory block/i,
    'Another PostgreSQL still uses the folder: end it, then start again.',
  ],
  [
    /Permission denied|could not access|invalid permissions|not owned by|wrong ownership/i,
    'It may not read or write its folder: give it back to the user that it belongs to, or name another folder with --data.',
  ],
  [/could not bind|Address already in use/i, 'Its address is taken: end what has it, then start again.'],
  [
    /incompatible with server|not compatible with this server/i,
    'The folder was made by another version of PostgreSQL: restore a backup into a new folder.',
  ],
  [/shared memory|semaphores|Cannot allocate memory/i, 'The machine has too little memory left for it.'],
  [
    /cannot be run (?:as root|by a user)|not permitted/i,
    'It does not run as root or as an administrator: start the server as another user.',
  ],
  [
    /could not locate a valid checkpoint|invalid checkpoint|PANIC|could not read|invalid page|corrupted/i,
    'Its files are damaged: restore a backup into a new folder.',
  ],
  [
    /error while loading shared libraries|cannot open shared object|Library not loaded|GLIBC/i,
    'A library that it needs is missing on this machine: use a PostgreSQL of your own, --database postgres://…',
  ],
  [
    /Exec format error|ENOENT|EACCES|spawn/i,
    'Its program cannot be run on this machine: use a PostgreSQL of your own, --database postgres://…',
  ],
];

/** What to do, with the line that says it best. @param said what PostgreSQL has printed last */
export function adviceFor(said: string): string {
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1] ?? 'Its own words may help.';
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.findLast((line) => /FATAL|PANIC|error|could not/i.test(line)) ?? lines.at(-1);
  return telling === undefined ? advice : `${advice} It said: ${lineOf(telling, 300)}`;
}
