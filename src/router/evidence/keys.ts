/** Values that every project sets something to. */
const commonValue =
  /^(?:[a-z]+|[\d.:]+|true|false|null|info|https?:\/\/(?:localhost|127\.0\.0\.1|example)\S*|localhost\S*|[\w-]+\.(?:example|local|test))$/i;
/** Names of other settings, versions, addresses without a password, and times. */
const namingValue =
  /^(?:[A-Z][A-Z\d_]*|v?\d+(?:\.\d+)+(?:[-+][\w.]+)?|[a-z][\w+.-]*:\/\/[^\s@]*|\d{4}-?\d\d-?\d\d(?:[T ][\d:.]+Z?)?)$/;
/** A part of names of models, regions and images: `eu`, `1`, `4o`, `v2`, `20241022`. */
const ordinaryPart = /^(?:[A-Za-z]*|\d{1,8}|[a-z]{1,6}\d{1,3}[a-z]?|\d{1,3}[a-z]{1,4})$/i;
const secretName =
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|credentials?)$/i;
/** What stands for a secret until there is one. */
const placeholder =
  /^(?:your|change|replace|insert|enter|put|x{3,}|todo|dummy|example|sample|<|\$\{|\{\{)|[.\u2026]{3}$/i;

const oneWord = /^(?:[A-Z]?[a-z]{1,15}|[\d.:]+)$/;

const shortest = 8;
/** A value of a setting that is named like a secret is one from so many letters on. */
const shortestNamed = 12;
const longest = 512;

/** Whether every project may well set something to this value. */
export function isCommon(value: string): boolean {
  return commonValue.test(value);
}

/** Whether somebody chose a value by its sense, as many others do: a word, a version, a region, an address, a name. */
export function isOrdinary(value: string): boolean {
  if (commonValue.test(value) || (namingValue.test(value) && !hasRandom(value))) return true;
  if (/\s/.test(value)) return false;
  return value.split(/[-_./:,@~]+/).every((part) => ordinaryPart.test(part));
}

/**
 * The keys and passwords in the value that something is set to, as they are known again wherever they stand.
 *
 * @param name of the setting, or '' where the value itself looks like a secret
 */
export function keysOf(name: string, value: string): readonly string[] {
  if (value.length < shortest || placeholder.test(value)) return [];
  const keys = (value.match(runs) ?? []).filter((run) => run.length <= longest && isRandom(run));
  if (value.length > longest) return keys;
  const isNamed = secretName.test(name) && value.length >= shortestNamed && !oneWord.test(value);
  const isSecret = name === '' ? !isOrdinary(value) : isNamed && !namingValue.test(value);
  return isSecret || hasMixture(value) ? [...new Set([...keys, value])] : keys;
}

const runs = /[A-Za-z\d]{8,}/g;

/** Least share of neighbours of different kinds in a run of letters and digits that nobody chose by its sense. */
const fromMixed = 0.25;
const fewestTurns = 3;

/** Letters and digits by turns, as chance has them. */
function isRandom(run: string): boolean {
  if (/^\d{8}T\d{6}Z?$/.test(run) || !/\d/.test(run) || !/[A-Za-z]/.test(run)) return false;
  const turns = run.match(/(?<=\d)[A-Za-z]|(?<=[A-Za-z])\d|(?<=[a-z])[A-Z]/g)?.length ?? 0;
  return turns >= Math.max(fewestTurns, fromMixed * run.length);
}

function hasRandom(value: string): boolean {
  return (value.match(runs) ?? []).some(isRandom);
}

/** Letters, digits and marks that no name and no address is made of. */
function hasMixture(value: string): boolean {
  if (/\s|:\/\/|^[./~]|^[\w.+-]+@[\w.-]+$/.test(value) || !/[!@#$%^&*+?]/.test(value)) return false;
  return [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(value)).length >= 2;
}
