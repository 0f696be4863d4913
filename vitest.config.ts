import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/host/slowFirst.ts';

// Hundreds of processes are started from the sources: what the first of them compiles, the others read. Those with an
// environment of their own are given this by whoever starts them.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

/** How long a condition may take to come true, where a test says nothing else: a few of the machine's worst pauses. */
const PATIENCE_MS = 20_000;

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'],
          // What is waited for is a condition; these only end a run that hangs, on a machine that is busy with other things too.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: PATIENCE_MS } },
          // Most tests wait for processes and sockets: with a worker a core, some cores would be idle.
          maxWorkers: availableParallelism() + 1,
          setupFiles: ['test/host/propertySeed.ts'],
        },
      },
      {
        // A page in a browser, without an editor around it.
        test: {
          name: 'panel',
          include: ['test/panel/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          expect: { poll: { timeout: PATIENCE_MS } },
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 240_000,
          // A browser on a busy machine drops a keypress now and then; what fails twice in a row is a defect.
          retry: 1,
          // An editor and its browser keep more than one core busy.
          maxWorkers: Number(process.env['E2E_EDITORS'] ?? (availableParallelism() < 4 ? 1 : 2)),
        },
      },
      {
        test: {
          name: 'clients',
          include: ['test/clients/**/*.test.ts', 'test/unit/client-libraries.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
});
