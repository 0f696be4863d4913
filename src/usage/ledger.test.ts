import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attempt, eachInAFolder, folder, full, now, opened } from './ledger.fixture.ts';

eachInAFolder();

describe('an attempt', () => {
  it('is read back as it was recorded, with all its fields or with few', async () => {
    const ledger = await opened();
    const small = attempt({ at: now - 1 });
    expect(ledger.record(full)).toEqual({ kind: 'written' });
    ledger.record(small);
    expect(ledger.recent(10)).toEqual([full, small]);
  });

  it('recorded twice is there once, as it was first', async () => {
    const ledger = await opened();
    ledger.record(full);
    expect(ledger.record({ ...full, costNanoUsd: 999 })).toEqual({ kind: 'written' });
    expect(ledger.recent(10)).toEqual([full]);
  });

  it('gets its outcome later', async () => {
    const ledger = await opened();
    const shown = attempt({ outcome: 'shown' });
    ledger.record(shown);
    ledger.setOutcome(shown.id, 'accepted');
    expect(ledger.recent(1)[0]?.outcome).toBe('accepted');
  });

  it('holds no more of a name than a name, and no number that is none', async () => {
    const ledger = await opened();
    const odd = attempt({
      requestedModel: `a\nb${'secret '.repeat(1_000)}`,
      latencyMs: 1.6,
      firstTokenMs: Number.NaN,
      costNanoUsd: -5,
      inputTokens: 1e300,
    });
    expect(ledger.record(odd)).toEqual({ kind: 'written' });
    const [back] = ledger.recent(1);
    expect(back?.requestedModel).toHaveLength(128);
    expect(back?.requestedModel?.startsWith('a bsecret')).toBe(true);
    expect(back).toMatchObject({ latencyMs: 2, costNanoUsd: 0, inputTokens: Number.MAX_SAFE_INTEGER });
    expect(back).not.toHaveProperty('firstTokenMs');
  });
});

describe('several processes at once', () => {
  function child(name: string, rows: number): Promise<string> {
    const program = `
      import { openLedger } from ${JSON.stringify(new URL('./ledgerFile.ts', import.meta.url).href)};
      const opened = await openLedger(${JSON.stringify(folder)}, ${now});
      if (opened.kind !== 'open' || opened.setAside) throw new Error(JSON.stringify(opened));
      for (let i = 0; i < ${rows}; i++) {
        const result = opened.ledger.record({ id: '${name}-' + i, requestId: '${name}', at: ${now}, surface: 'cli', kind: 'chat',
          class: 'c', rule: 'c', policyHash: 'h', place: 0, outcome: 'served', costNanoUsd: 1 });
        if (result.kind !== 'written') throw new Error(result.reason);
      }
      opened.ledger.close();`;
    return new Promise((resolve, reject) => {
      const process_ = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 55_000,
      });
      let errors = '';
      process_.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      process_.on('error', reject);
      process_.on('close', (code) =>
        code === 0 ? resolve(errors) : reject(new Error(`${name} ended with ${code}: ${errors}`)),
      );
    });
  }

  it('make one file and lose nothing', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => child(name, 500)));
    const ledger = await opened();
    expect(ledger.spentSince(0)).toMatchObject({ attempts: 2_000, requests: 4, costNanoUsd: 2_000 });
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});
