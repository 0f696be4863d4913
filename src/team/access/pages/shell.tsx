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
