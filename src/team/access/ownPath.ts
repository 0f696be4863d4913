const LONGEST = 2_048;
/** Of no consequence but that it has an origin. */
const HERE = 'http://here.invalid';

/** A path of this server to come back to, and nothing that leads elsewhere; `/` where it is anything else. */
export function ownPath(text: string | undefined): string {
  if (text === undefined || text.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return '/';
  if (!URL.canParse(text, HERE)) return '/';
  const url = new URL(text, HERE);
  // A path may lead out of itself by dots, and come to begin with two slashes.
  const path = url.pathname + url.search;
  return url.origin === HERE && !/^\/[/\\]/.test(path) ? path : '/';
}
