import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * Ends the database when whoever started it has ended, however that came: the pipe that is this shell's input closes with
 * it. The database itself hears nothing of a Ctrl-C in the terminal, which would end it before its server.
 */
const SCRIPT = `exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ while read -r _; do :; done; kill -INT "$server"; } <&3 3<&- 2>/dev/null &
watcher=$!
exec 3<&- </dev/null
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"`;

/** Starts a program that ends with this process: where there is no shell of that kind, it is found at the next start. */
export function spawnWatched(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { readonly stdio: ['pipe', number, number] },
): ChildProcess {
  if (process.platform === 'win32') return spawn(program, args, { ...options, windowsHide: true });
  return spawn('/bin/sh', ['-c', SCRIPT, 'sh', program, ...args], { ...options, detached: true });
}
