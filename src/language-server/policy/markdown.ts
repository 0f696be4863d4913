import { onOneLine, spoken } from '../../routing/labels.ts';
import { escapeMarkdown } from '../../routing/markdown.ts';

/** Text from a policy, a repository or a provider, as one line that can be nothing but text. */
export function plain(text: string): string {
  return escapeMarkdown(spoken(text));
}

/** A name or a path set apart; whatever it holds, it cannot end the code that it is in. */
export function code(text: string): string {
  const inside = onOneLine(text).replaceAll('`', "'").replaceAll('$(', '$ (');
  return inside === '' ? '``' : `\`${inside}\``;
}

/** `1 file`, `12 files`, `12,345 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
