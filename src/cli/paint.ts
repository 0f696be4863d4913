const ESCAPE = '\u001b';

/** Escape codes of ECMA-48, "Select Graphic Rendition". */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Colour = keyof typeof CODES;

/** Colours a text, or leaves it as it is. */
export type Painter = (colour: Colour, text: string) => string;

export const plain: Painter = (_colour, text) => text;

const coloured: Painter = (colour, text) => `${ESCAPE}[${CODES[colour][0]}m${text}${ESCAPE}[${CODES[colour][1]}m`;

/** Colours for a terminal alone, and only where nobody asked for none (https://no-color.org). */
export function painterFor(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Painter {
  const unwanted = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return stream.isTTY === true && !unwanted ? coloured : plain;
}

const ESCAPES = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');

/** How many columns a text takes, counted in characters; the painter's own codes take none. */
export function widthOf(text: string): number {
  return [...text.replace(ESCAPES, '')].length;
}
