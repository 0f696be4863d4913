import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Person } from '../../services.ts';

/** What a page needs beside its content. */
export interface PageFrame {
  readonly title: string;
  readonly nonce: string;
  readonly person?: Person | undefined;
}

const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --ground: #ffffff; --raised: #f6f8fa; --link: #0a5ad4; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #f0f6fc; --dim: #a6b0ba; --line: #3d444d; --ground: #0d1117; --raised: #151b23; --link: #79b8ff; --bad: #ff8a80; } }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; border-bottom: 1px solid var(--line); }
header form { margin-left: auto; } nav { display: flex; flex-wrap: wrap; gap: 0 1rem; }
a { color: var(--link); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td form { display: inline; }
label { display: inline-block; margin: 0 .75rem .5rem 0; }
input, select, button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 4px; padding: .25rem .6rem; }
button { cursor: pointer; } :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.secret { padding: .75rem; background: var(--raised); border: 1px solid var(--line); border-radius: 4px; display: block; }
.dim { color: var(--dim); } .bad { color: var(--bad); }
`;

/** A whole page, as a text. Everything in it that is not ours is escaped by the renderer. */
export function pageOf({ title, nonce, person }: PageFrame, content: ComponentChildren): string {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · Routing Policy`}</title>
        <style nonce={nonce} dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        {person === undefined ? undefined : <Bar person={person} />}
        <main>
          <h1>{title}</h1>
          {content}
        </main>
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

const ADMIN_PAGES = { '/imports': 'Imports', '/people': 'People', '/tokens': 'Tokens', '/audit': 'Audit log' };

function Bar({ person }: { readonly person: Person }) {
  const pages = {
    '/': 'Usage',
    '/budgets': 'Budgets',
    '/policies': 'Policies',
    ...(person.role === 'admin' ? ADMIN_PAGES : {}),
  };
  return (
    <header>
      <nav aria-label="Pages">
        {Object.entries(pages).map(([href, name]) => (
          <a key={href} href={href}>
            {name}
          </a>
        ))}
      </nav>
      <form method="post" action="/sign-out">
        <Mark person={person} />
        <span class="dim">{`${person.name} (${person.role}) `}</span>
        <button type="submit">Sign out</button>
      </form>
    </header>
  );
}

/** What a form carries so that no other site can send it. */
export function Mark({ person }: { readonly person: Person }) {
  return <input type="hidden" name="csrf" value={person.csrfToken} />;
}
