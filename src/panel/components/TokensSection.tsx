import type { TokenUse } from '../../usage/report/usageReport.ts';
import { amount, count, percent } from '../figures.ts';
import { Section } from './Section.tsx';
import { ShareBar } from './ShareBar.tsx';

const tokenNames = {
  input: 'Read',
  cacheRead: 'Read from the cache',
  cacheWrite: 'Written to the cache',
  output: 'Written',
  reasoning: 'Thought, of what was written',
} as const satisfies Partial<Record<keyof TokenUse, string>>;

/** Tokens by kind, and how much of what was read had been read before. */
export function TokensSection({ tokens }: { readonly tokens: TokenUse }) {
  const kinds = Object.keys(tokenNames) as (keyof typeof tokenNames)[];
  return (
    <Section id="tokens" title="Tokens">
      <p>
        {tokens.cacheHitShare === undefined
          ? 'Nothing was read.'
          : `${percent(tokens.cacheHitShare)} of what was read came from a cache.`}
      </p>
      {tokens.cacheHitShare !== undefined && <ShareBar share={tokens.cacheHitShare} />}
      <table class="plain">
        <caption class="hidden">Tokens by kind</caption>
        <tbody>
          {kinds.map((kind) => (
            <tr key={kind}>
              <th scope="row">{tokenNames[kind]}</th>
              <td class="number" title={count(tokens[kind])}>
                {amount(tokens[kind])}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
