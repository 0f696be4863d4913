import { type PageFrame, pageOf } from './shell.tsx';

/** Where people sign in. @param provider the host of it; undefined: none is set up */
export function signInPage(
  nonce: string,
  { provider, returnTo, trouble }: { readonly provider?: string; readonly returnTo: string; readonly trouble?: string },
): string {
  const to = returnTo === '/' ? '' : `?to=${encodeURIComponent(returnTo)}`;
  return pageOf(
    { title: 'Sign in', nonce },
    <>
      {trouble === undefined ? undefined : <p role="alert">{trouble}</p>}
      {provider === undefined ? (
        <p>
          No sign-in provider is set up here. On the machine of this server, <code>routing-policy team admin-link</code>{' '}
          prints a link that signs you in once.
        </p>
      ) : (
        <p>
          <a href={`/sign-in/begin${to}`}>{`Sign in with ${provider}`}</a>
        </p>
      )}
    </>,
  );
}

/** What a link of this machine leads to: followed by a click, so that no program that looks at links uses it up. */
export function linkPage(nonce: string, path: string): string {
  return pageOf(
    { title: 'Sign in as an admin', nonce },
    <form method="post" action={path}>
      <p>This link signs in once.</p>
      <button type="submit">Sign in</button>
    </form>,
  );
}

/** One sentence, and where to go on. */
export function sentencePage(frame: PageFrame, sentence: string): string {
  return pageOf(
    frame,
    <>
      <p>{sentence}</p>
      <p>
        <a href="/sign-in">Sign in</a>
      </p>
    </>,
  );
}
