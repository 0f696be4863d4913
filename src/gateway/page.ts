import type { GatewaySighting, GatewayStanding } from '../contract/messages.ts';
import { onOneLine } from '../routing/labels.ts';
import { escapeMarkdown } from '../routing/markdown.ts';

const MOST_FOLDERS = 30;

/** What the page about the gateway is made of. */
export interface GatewayFacts {
  readonly standing: GatewayStanding;
  /** Whether the folders of this window may be registered. */
  readonly trusted: boolean;
  /** Absolute paths of the folders that are served, of all windows. */
  readonly roots: readonly string[];
  /** Whether a folder is one of this window. */
  isOwn(root: string): boolean;
  /** The last requests that this window has heard of, newest first. */
  readonly seen: readonly GatewaySighting[];
  /** Where the token lies. */
  readonly tokenFile: string | undefined;
}

/** Where the gateway stands, whom it serves and who came, as Markdown. Paths, clients' names and reasons are untrusted. */
export function gatewayPage(facts: GatewayFacts): string {
  const { standing, roots, seen, tokenFile } = facts;
  const lines = ['# Gateway', '', standingSentence(facts)];
  if (!('url' in standing)) return lines.join('\n');
  lines.push('', '## Folders', '');
  if (roots.length === 0) lines.push('No folder is open: requests go by what the machine itself forbids.');
  for (const root of roots.slice(0, MOST_FOLDERS)) {
    lines.push(`- ${plain(root)}${facts.isOwn(root) ? '' : ' (another window or `routing-policy serve`)'}`);
  }
  if (roots.length > MOST_FOLDERS) lines.push(`- and ${roots.length - MOST_FOLDERS} more`);
  lines.push('', '## Last requests', '');
  if (seen.length === 0) lines.push('No client has asked for anything since this window was opened.');
  else lines.push('| Client | When (UTC) | Folder | What became of it |', '|---|---|---|---|', ...seen.map(requestRow));
  lines.push('', '## Clients', '');
  lines.push(
    '*Routing Policy: Connect a Client* shows what each client needs. A client is let in by a token' +
      (tokenFile === undefined ? ', which is new each time.' : `, which lies in ${plain(tokenFile)} for you alone.`),
  );
  return lines.join('\n');
}

function standingSentence({ standing, trusted }: GatewayFacts): string {
  switch (standing.kind) {
    case 'closed':
      return trusted
        ? 'It is switched off: `routingPolicy.gateway.enabled`.'
        : 'This workspace is not trusted, so the gateway serves no client for its folders: what it knows is not told to a folder that nobody has vouched for.';
    case 'opening':
      return 'It is being opened.';
    case 'serving':
      return `It serves AI clients of this machine at \`${standing.url}\`. This window holds the port.`;
    case 'joined':
      return `It serves AI clients of this machine at \`${standing.url}\`. Another window of yours, or \`routing-policy serve\`, holds the port and serves the folders of this window by their own policy; when it goes, this one takes over.`;
    case 'foreign':
    case 'away':
      return `**No client is served.** ${plain(standing.reason)}`;
    default:
      return standing satisfies never;
  }
}

function requestRow({ at, client, root, status }: GatewaySighting): string {
  const when = new Date(at).toISOString().slice(11, 19);
  const folder = root === undefined ? 'not stated' : plain(lastName(root));
  return `| ${plain(client)} | ${when} | ${folder} | ${status === undefined ? '…' : plain(status.label)} |`;
}

function lastName(uri: string): string {
  const name = uri.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // written by hand, and no URI
  }
}

function plain(text: string): string {
  return escapeMarkdown(onOneLine(text));
}
