import type { ComponentChildren } from 'preact';

interface SectionProps {
  /** The page's own, which no other part has: what Preact makes up is given out twice when parts come one after the other. */
  readonly id: string;
  readonly title: string;
  /** How it is to be read, in a sentence. */
  readonly note?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** One part of the panel under a heading of its own. */
export function Section({ title, note, id, wide = false, children }: SectionProps) {
  const heading = `${id}-title`;
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
