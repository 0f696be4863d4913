import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { plain } from '../figures.ts';

interface SectionProps {
  readonly title: string;
  /** How it is to be read, in a sentence. */
  readonly note?: ComponentChildren;
  readonly id?: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** One part of the panel under a heading of its own. */
export function Section({ title, note, id, wide = false, children }: SectionProps) {
  const heading = useId();
  return (
    <section id={id} class={wide ? 'wide' : undefined} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

/** What a part says when it has nothing to show. */
export function Nothing({ children }: { readonly children: ComponentChildren }) {
  return <p class="nothing">{children}</p>;
}

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

/** A sentence in which backticks set ids apart. */
export function Sentence({ text }: { readonly text: string }) {
  const parts = plain(text).split('`');
  // An odd one out sets nothing apart.
  if (parts.length % 2 === 0) return <>{parts.join('')}</>;
  return <>{parts.map((part, place) => (place % 2 === 0 ? part : <code key={`${place} ${part}`}>{part}</code>))}</>;
}

interface ScrollerProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

/** A table that may be wider than the panel: it is scrolled by itself, also with the keyboard. */
export function Scroller({ label, children }: ScrollerProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by the keyboard.
    <div class="scroller" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
