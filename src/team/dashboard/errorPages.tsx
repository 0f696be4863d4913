import type { Context, MiddlewareHandler } from 'hono';
import { signedIn } from '../access/guards.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { shellPage } from './pageShell.tsx';
import { readStylesheet } from './stylesheet.ts';

const titles: Readonly<Record<number, string>> = {
  400: 'That cannot be done so',
  403: 'That is not for you',
  404: 'There is nothing here',
  429: 'Too many requests',
  500: 'The server failed',
};

/** Shows a refusal to a person as a page; programs get it as it is. */
export function refusalPages(services: TeamServices): MiddlewareHandler<TeamEnv> {
  return async (context, next) => {
    await next();
    const { res } = context;
    if (res.status < 400 || !wantsPage(context)) return;
    const { error } = (await res
      .clone()
      .json()
      .catch(() => ({}))) as { readonly error?: unknown }; // a body that is no refusal of ours says nothing to a person
    const person = res.status >= 500 ? undefined : await signedIn(context, services).catch(() => undefined); // shown without a name then
    const { version } = readStylesheet();
    const title = titles[res.status] ?? 'That did not work';
    const html = shellPage(
      { title, nonce: context.get('nonce'), version, person },
      <section class="welcome" aria-labelledby="title">
        <h1 id="title">{title}</h1>
        <p>{typeof error === 'string' ? error : 'Nothing more is known.'}</p>
        <p>
          <a href="/">To the overview</a>
        </p>
      </section>,
    );
    const headers = new Headers(res.headers);
    headers.set('content-type', 'text/html; charset=UTF-8');
    headers.delete('content-length');
    context.res = undefined;
    context.res = new Response(html, { status: res.status, headers });
  };
}

function wantsPage(context: Context<TeamEnv>): boolean {
  const type = context.res.headers.get('content-type') ?? '';
  return (context.req.header('accept') ?? '').includes('text/html') && type.startsWith('application/json');
}
