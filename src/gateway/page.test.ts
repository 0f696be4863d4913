import { describe, expect, it } from 'vitest';
import type { GatewaySighting, GatewayStanding } from '../contract/messages.ts';
import { type GatewayFacts, gatewayPage } from './page.ts';

const serving: GatewayStanding = { kind: 'serving', url: 'http://127.0.0.1:4123' };
const page = (facts: Partial<GatewayFacts>): string =>
  gatewayPage({
    standing: serving,
    trusted: true,
    roots: ['/home/ada/shop', '/home/ada/bank'],
    isOwn: (root) => root.endsWith('shop'),
    seen: [],
    tokenFile: '/state/gateway-token',
    ...facts,
  });
const seen = (more: Partial<GatewaySighting>): GatewaySighting => ({
  id: '1',
  at: Date.UTC(2026, 10, 23, 12, 34, 56),
  client: 'claude-code',
  surface: 'gateway',
  ...more,
});

describe('the page about the gateway', () => {
  it.each<[string, Partial<GatewayFacts>, string]>([
    ['who holds the port: this window', {}, 'This window holds the port.'],
    ['who holds the port: another', { standing: { ...serving, kind: 'joined' } }, 'Another window of yours'],
    ['that it is switched off', { standing: { kind: 'closed' } }, 'switched off'],
    ['that the workspace is not trusted', { standing: { kind: 'closed' }, trusted: false }, 'not trusted'],
    ['that the port is taken', { standing: { kind: 'foreign', reason: 'Port 4123 is held' } }, 'Port 4123 is held'],
    ['which folders are another’s', {}, 'bank (another window'],
    ['that nobody has asked', {}, 'No client has asked'],
    ['who asked', { seen: [seen({ root: 'file:///home/ada/shop' })] }, 'claude\\-code | 12:34:56 | shop | … |'],
    ['that a folder was not stated', { seen: [seen({})] }, '| not stated |'],
  ])('says %s', (_what, facts, words) => {
    expect(page(facts)).toContain(words);
  });

  it('makes no link, table cell or line of what a client or a folder is called', () => {
    const client = '[click](command:evil) | <img>\n# Big';
    const text = page({ roots: ['/tmp/[x](http://evil)'], seen: [seen({ client, root: 'file:///tmp/%0A%23x' })] });
    expect(text).not.toMatch(/\]\(|<img|^# Big|^#x/m);
  });
});
