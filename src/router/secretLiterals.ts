/** How much of the own file around the cursor's line a literal may reach into. */
const longestLine = 2_000;

/** Keys that say themselves what they are: of well-known services, signed tokens, and private keys in text form. */
const knownKeys =
  /\b(?:sk|pk|rk)[-_][\w-]{16,}|\bgh[a-z]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\b(?:AKIA|ASIA)[A-Z\d]{12,}|\bxox[a-z]-[\w-]{10,}|\bAIza[\w-]{20,}|\bnpm_\w{20,}|\beyJ[\w-]{8,}(?:\.[\w-]+){1,2}|-----BEGIN [A-Z ]*PRIVATE KEY/g;
/** What a setting called "password" or the like is set to. */
const namedSecrets =
  /(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential)\w*["'`\]]?\s*(?::=|=>|[:=])\s*["'`]([^"'`\s]{4,})/gi;
/** The password of an address such as `postgres://user:password@host`. */
const passwordsInAddresses = /:\/\/[^\s/:@"'`]*:([^\s/@"'`]+)@/g;
const longTokens = /[A-Za-z\d_+/=-]{20,}/g;

/** Least share of neighbours of different kinds in a token that nobody chose by its sense. */
const fromMixed = 0.25;

/** Letters in both cases and digits by turns, as chance has them; a capital that begins a word is no turn. */
function looksRandom(token: string): boolean {
  const characters = token.replace(/[^A-Za-z\d]/g, '');
  if (characters.length < 20 || !/\d/.test(characters) || !/[A-Za-z]/.test(characters)) return false;
  const turns = characters.match(/(?<=\d)[A-Za-z]|(?<=[A-Za-z])\d|(?<=[a-z])[A-Z]/g) ?? [];
  return turns.length >= fromMixed * characters.length;
}

/** What looks like a key or a password in a text, as it stands there. */
export function secretsIn(text: string): readonly string[] {
  return [
    ...Array.from(text.matchAll(knownKeys), ([key]) => key),
    ...Array.from(text.matchAll(namedSecrets), ([, value = '']) => value),
    ...Array.from(text.matchAll(passwordsInAddresses), ([, password = '']) => password),
    ...Array.from(text.matchAll(longTokens), ([token]) => token).filter(looksRandom),
  ];
}

/**
 * Whether a completion would bring what looks like a key or a password into a file that does not have it already. What the
 * text before and after the cursor makes of it counts, so that a key is found in its second half as well.
 *
 * @param prefix the whole text before the cursor
 * @param suffix the whole text after it
 */
export function bringsSecret({
  prefix,
  text,
  suffix,
}: {
  readonly prefix: string;
  readonly text: string;
  readonly suffix: string;
}): boolean {
  const before = prefix.slice(Math.max(prefix.lastIndexOf('\n') + 1, prefix.length - longestLine));
  const [after = ''] = suffix.slice(0, longestLine).split('\n', 1);
  return [before + text + after, before + text].some((line) =>
    secretsIn(line).some((secret) => !prefix.includes(secret) && !suffix.includes(secret)),
  );
}
