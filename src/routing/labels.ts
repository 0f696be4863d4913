/** The longest piece of untrusted text that is shown at once, in UTF-16 code units. */
const LONGEST = 300;
const LONGEST_LABEL = 40;

/**
 * Text from a policy, a repository or a provider, made fit for one line of plain text: no line breaks, no control
 * characters, nothing that turns the direction of writing or hides, and not without end.
 */
export function onOneLine(text: string): string {
  return lineOf(text, LONGEST);
}

/** The same for text that is mostly ours, and may be longer than a name. @param longest in UTF-16 code units */
export function lineOf(text: string, longest: number): string {
  const line = text
    .slice(0, 4 * longest)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** The same for a sentence in which backticks set ids apart: the text itself has none. */
export function spoken(text: string): string {
  return onOneLine(text).replaceAll('`', "'");
}

/**
 * A model's name, short enough for the status bar. What says the least goes: folders before the name, `claude-` (its
 * families sonnet, opus and haiku are known by name) and a date at the end. `gpt-6-sol` and `gemini-4-argon` stay: without
 * their first word nobody would know them.
 */
export function shortModel(model: string): string {
  const name = onOneLine(model).split('/').at(-1) ?? '';
  const short = name
    .replace(/^(?:anthropic\.)?claude-(?=.)/, '')
    .replace(/-\d{8}$/, '')
    .replaceAll('$(', '$ (');
  return short.length > LONGEST_LABEL ? `${short.slice(0, LONGEST_LABEL)}…` : short;
}

/** What served a request, as far as a label needs it. */
export interface Served {
  readonly model: string;
  readonly simulated?: boolean | undefined;
}

/** The status bar after a request: `sonnet-5-5 · $0.0123`, `gpt-6-sol (simulated) · unpriced`. */
export function statusLabel(served: Served, costNanoUsd: number | undefined): string {
  return `${shortModel(served.model)}${served.simulated === true ? ' (simulated)' : ''} · ${formatUsd(costNanoUsd)}`;
}

const NANO_USD_PER_USD = 1e9;

/**
 * Nano-dollars as people read money: `$0`, `$0.0004`, `$0.0123`, `$0.50`, `$1.23`, `$12,345.60`; `unpriced` when it is not
 * known. From one dollar up two digits, below that four, and never a zero for what is not zero.
 */
export function formatUsd(nanoUsd: number | undefined): string {
  if (nanoUsd === undefined || !Number.isFinite(nanoUsd)) return 'unpriced';
  if (nanoUsd === 0) return '$0';
  const usd = Math.abs(nanoUsd) / NANO_USD_PER_USD;
  const sign = nanoUsd < 0 ? '-' : '';
  if (usd < 0.00005) return `${sign}<$0.0001`;
  if (usd < 1) return `${sign}$${usd.toFixed(4).replace(/0{1,2}$/, '')}`;
  const [whole = '', cents = ''] = usd.toFixed(2).split('.');
  return `${sign}$${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}.${cents}`;
}

/** An id as it stands in a sentence: between backticks. */
export function named(id: string): string {
  return `\`${spoken(id)}\``;
}
