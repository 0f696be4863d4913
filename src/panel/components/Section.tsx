import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

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
