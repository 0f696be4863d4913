import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { plain } from '../../panel/figures.ts';
import { Mark } from '../access/pages/Mark.tsx';
import type { Person } from '../services.ts';

/** What is around the content of a page. */
export interface Shell {
  readonly title: string;
  readonly nonce: string;
  /** Of the style sheet. */
  readonly version: string;
  /** undefined: nobody is signed in. */
  readonly person: Person | undefined;
}

const PAGES = [
  ['/budgets', 'Budgets'],
  ['/policies', 'Policies'],
] as const;
const ADMIN_PAGES = [
  ['/imports', 'Imports'],
  ['/people', 'People'],
  ['/tokens', 'Tokens'],
  ['/audit', 'Audit log'],
] as const;

/**
 * A whole page as a text. It runs no script: whatever can be done is a link or a form. All that is not ours in it is escaped
 * by the renderer.
 */
export function shellPage({ title, nonce, version, person }: Shell, content: ComponentChildren): string {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Routing Policy`}</title>
        <link rel="stylesheet" nonce={nonce} href={`/dashboard.css?v=${version}`} />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <a class="skip" href="#content">
          To the figures
        </a>
        <header class="bar-top">
          <a class="brand" href="/">
            Routing Policy
          </a>
          {person !== undefined && <Ways person={person} />}
        </header>
        <main id="content">{content}</main>
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

function Ways({ person }: { readonly person: Person }) {
  const pages = [...PAGES, ...(person.role === 'admin' ? ADMIN_PAGES : [])];
  return (
    <>
      <nav aria-label="Other pages">
        {pages.map(([href, name]) => (
          <a key={href} href={href}>
            {name}
          </a>
        ))}
      </nav>
      <form method="post" action="/sign-out">
        <Mark person={person} />
        <span class="scope">
          {plain(person.name)} ({person.role})
        </span>
        <button type="submit">Sign out</button>
      </form>
    </>
  );
}
