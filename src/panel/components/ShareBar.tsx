/** A part of 1 as a bar: drawn as SVG, because a width in a style attribute would be refused. */
export function ShareBar({ share, tone }: { readonly share: number; readonly tone?: 'warn' | 'over' }) {
  const width = Math.min(1, Math.max(0, share)) * 100;
  return (
    <svg class={`bar ${tone ?? ''}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="6" />
      <rect class="fill" width={width} height="6" />
    </svg>
  );
}
