import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { assertLocal } from './locality.ts';

/** What a connection from there says that sends what a program on this machine would. */
function judged(remoteAddress: string | undefined): string {
  const host = '127.0.0.1:4123';
  const request = { headers: { host }, rawHeaders: ['Host', host], socket: { remoteAddress } };
  try {
    assertLocal(request as unknown as IncomingMessage);
    return 'let in';
  } catch (refusal) {
    return String(refusal);
  }
}

it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(judged(address)).toBe('let in');
});

// Also where a port were held on all addresses, or a system handed loopback's packets on.
it.each(['192.168.0.7', '10.127.0.1', '::ffff:192.168.0.7', 'fe80::1', '127.0.0.1.evil.example', '', undefined])(
  '%s is another one, whatever host it names',
  (address) => {
    expect(judged(address)).toMatch(/serves programs on its own machine only/);
  },
);
