import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to whoever names none (from 32768, or 49152): of those one that is free may be taken at once. */
const [FIRST, END] = [15_000, 32_000];

/** A loopback port that was free a moment ago, and that hardly anybody takes but whoever is told it; `wanted` if it is free. */
export async function freePort(wanted = randomInt(FIRST, END)): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') settle(freePort(wanted + 1));
      else fail(error);
    });
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => settle(wanted)));
  });
}
