import { longestPath } from './pathWords.ts';
import { programOf, withoutLeading, withoutUnread } from './printing.ts';
import { splitCommands } from './shell.ts';
import { SOMEWHERE, shellWords, UNKNOWN } from './shellWords.ts';

/** Programs whose first argument is what they do, not what they read. */
const scripted = new Set(['sed', 'awk', 'gawk', 'mawk', 'nawk', 'perl', 'jq', 'yq']);
const printer = /^(?:.*\/)?(?:cat|tac|bat|head|tail|less|more|e?grep|rg|sed|awk|strings|xxd|od|base64|jq|yq)$/;
const givesScript = /^(?:-\w*[ef]|--(?:expression|file|from-file))$/;
/** How deep a command is looked for in the words of another: `ssh host "sudo sh -c 'cat .env'"`. */
const mostDepth = 3;

/**
 * The files that a command which prints is given by name, wherever it runs: what its words say, less what they search for
 * and the scripts that they carry. Of a path in a folder that only the shell knew, the rest is what is known, behind
 * {@link SOMEWHERE}; an expansion in the middle of a name is a `*`.
 */
export function* operandsOf(command: string, depth = 0): Generator<string> {
  const [program = '', ...given] = shellWords(withoutUnread(withoutLeading(command)));
  const within = given.findIndex((word) => printer.test(word));
  const name = programOf(within < 0 ? program : (given[within] ?? ''));
  let isScript = scripted.has(name) && !given.some((word) => givesScript.test(word));
  let isValue = false;
  for (const word of given.slice(within + 1)) {
    if (isValue) isValue = false;
    else if (word.startsWith('-') && !word.includes('=')) isValue = scripted.has(name) && givesScript.test(word);
    else if (isScript) isScript = false;
    else yield* operandIn(word.replace(/^-{0,2}\w[\w-]*=/, ''), within >= 0);
  }
  if (depth >= mostDepth) return;
  for (const word of given) {
    if (!/\s/.test(word)) continue;
    for (const inner of splitCommands(word)) if (!inner.quiet) yield* operandsOf(inner.text, depth + 1);
  }
}

/** What a word may name: itself, and what stands behind an older version or another machine, `HEAD:.env`, `host:/app/.env`. */
function* operandIn(word: string, isElsewhere: boolean): Generator<string> {
  for (const whole of word.includes(':') ? [word, word.slice(word.lastIndexOf(':') + 1)] : [word]) {
    if (whole.length > longestPath || whole === '{}' || /[\n|;&<>()"'`]/.test(whole)) continue;
    const unknown = whole.lastIndexOf(SOMEWHERE);
    const known = unknown < 0 ? whole.replace(/^~[^/]*\//, SOMEWHERE) : whole.slice(unknown);
    const path = known.startsWith(SOMEWHERE) ? known.slice(SOMEWHERE.length) : known;
    const last = path.slice(path.lastIndexOf('/') + 1);
    if (last === '' || last === UNKNOWN) continue;
    const isUnknown = known !== path || path.includes(UNKNOWN) || (isElsewhere && !path.startsWith('/'));
    yield (isUnknown ? SOMEWHERE : '') + path.replaceAll(UNKNOWN, '*');
  }
}
