import { usd } from '../figures.ts';

const HEIGHT = 40;

interface SpendBarsProps {
  readonly bars: readonly { readonly name: string; readonly costNanoUsd: number; readonly detail: string }[];
  /** All that the bars say, in words. */
  readonly label: string;
  readonly class: 'days' | 'trend';
}

/** What each of some days or weeks cost, as bars beside each other; the first and the last are named below. */
export function SpendBars({ bars, label, class: kind }: SpendBarsProps) {
  const most = bars.reduce((max, { costNanoUsd }) => Math.max(max, costNanoUsd), 0);
  const heightOf = (cost: number): number => (most === 0 || cost === 0 ? 0 : Math.max(1, (cost / most) * HEIGHT));
  return (
    <>
      <svg
        class={kind}
        viewBox={`0 0 ${bars.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <line class="base" x1="0" x2={bars.length} y1={HEIGHT} y2={HEIGHT} />
        {bars.map(({ name, costNanoUsd, detail }, place) => (
          <rect
            key={name}
            class="amount"
            x={place + 0.12}
            width="0.76"
            y={HEIGHT - heightOf(costNanoUsd)}
            height={heightOf(costNanoUsd)}
          >
            <title>
              {name}: {usd(costNanoUsd)}, {detail}
            </title>
          </rect>
        ))}
      </svg>
      <p class="axis" aria-hidden="true">
        <span>{bars[0]?.name}</span>
        <span>{bars.at(-1)?.name}</span>
      </p>
    </>
  );
}
