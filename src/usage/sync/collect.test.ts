import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { attempt, eachInAFolder, folder, now, opened } from '../ledger.fixture.ts';
import type { Sink } from './outbox.ts';

eachInAFolder();

it('the last attempt before a yes is sent to nobody but those that had one before, and the first after it is', async () => {
  const ledger = await opened();
  const settle = (id: string, model: string): void => {
    ledger.settle(() => ledger.record(attempt({ id, provider: 'anthropic', model, taskId: id })));
  };
  // Nothing was taken for the first one yet when the second one comes: both go through the same attempts.
  ledger.sync.begin('otlp', 'https://collector.example');
  settle('before', 'claude-haiku-5-5');
  ledger.sync.begin('team', 'https://team.example');
  settle('after', 'claude-sonnet-5');
  ledger.fileToRead();
  const key = { salt: 'salt', installId: 'install' };
  const sinks = new Map<Sink, typeof key>([
    ['otlp', key],
    ['team', key],
  ]);
  const common = { providers: new Set(['anthropic']) };
  while (ledger.sync.collect({ sinks, common, now }));
  const database = new DatabaseSync(join(folder, 'ledger.sqlite'), { readOnly: true });
  const sent = database.prepare('SELECT sink, body FROM outbox').all();
  database.close();
  const models = sent.map(({ sink, body }) => `${sink} ${Reflect.get(Object(JSON.parse(String(body))), 'model')}`);
  expect(models.toSorted()).toEqual(['otlp claude-haiku-5-5', 'otlp claude-sonnet-5', 'team claude-sonnet-5']);
});
