import { sentence } from '../figures.ts';

/** A sentence in which backticks set ids apart. */
export function Sentence({ text }: { readonly text: string }) {
  const parts = sentence(text).split('`');
  // An odd one out sets nothing apart.
  if (parts.length % 2 === 0) return <>{parts.join('')}</>;
  return <>{parts.map((part, place) => (place % 2 === 0 ? part : <code key={`${place} ${part}`}>{part}</code>))}</>;
}
