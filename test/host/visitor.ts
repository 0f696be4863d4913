// A browser without a window, for a test: it keeps cookies by host and follows redirects when it is told to.

/** One answer, and where it came from. */
export interface Visit {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
}

export class Visitor {
  /** By host, as browsers on loopback keep them: whatever the port. */
  readonly cookies = new Map<string, Map<string, string>>();

  async visit(url: string, init: RequestInit = {}): Promise<Visit> {
    const { hostname } = new URL(url);
    const jar = this.cookies.get(hostname) ?? new Map<string, string>();
    this.cookies.set(hostname, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...init.headers },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const isGone = value === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(line);
      if (isGone) jar.delete(name);
      else jar.set(name, value);
    }
    return { status: answer.status, url, headers: answer.headers, text: await answer.text() };
  }

  /** Follows redirects, to the first answer that is none. @param until stops before an address like this */
  async follow(url: string, until?: RegExp, init: RequestInit = {}): Promise<Visit> {
    let visit = await this.visit(url, init);
    for (let hops = 0; hops < 20; hops += 1) {
      const location = visit.headers.get('location');
      if (location === null) return visit;
      const next = new URL(location, visit.url).href;
      if (until?.test(next)) return { ...visit, url: next };
      visit = await this.visit(next);
    }
    throw new Error(`${url} leads round and round`);
  }

  /** Sends a form as a page of that site does. */
  submit(url: string, fields: Readonly<Record<string, string>>): Promise<Visit> {
    return this.visit(url, {
      method: 'POST',
      headers: { origin: new URL(url).origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
  }
}
