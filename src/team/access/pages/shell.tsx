import type { ComponentChildren } from 'preact';
import { shellPage } from '../../dashboard/pageShell.tsx';
import { readStylesheet } from '../../dashboard/stylesheet.ts';
import type { Person } from '../../services.ts';

export { Mark } from './Mark.tsx';

/** What a page needs beside its content. */
export interface PageFrame {
  readonly title: string;
  readonly nonce: string;
  readonly person?: Person | undefined;
}

/** A page of forms and lists, as a text. Everything in it that is not ours is escaped by the renderer. */
export function pageOf({ title, nonce, person }: PageFrame, content: ComponentChildren): string {
  return shellPage(
    { title, nonce, version: readStylesheet().version, person },
    <div class="plain-page">
      <h1>{title}</h1>
      {content}
    </div>,
  );
}

/** A table that may be wider than a phone: it scrolls, also by keyboard. @param name what it is, for those who do not see it */
export function Wide({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={name}>
      {children}
    </section>
  );
}

/** A table of rows under headings. @param name what it is, for those who do not see it */
export function Table({
  name,
  columns,
  children,
  ...props
}: {
  readonly name: string;
  readonly columns: readonly string[];
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <Wide name={name}>
      <table class={props.class}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Wide>
  );
}
