import { expect, test } from 'vitest';
import type { HealthEvent } from '../routing/health.ts';
import { HealthBook } from './healthBook.ts';

const later = 3_600_000;
const longestMs = 300_000;

/** A book in which a model, or with `network` its whole provider, failed long ago: its pause is over at `later`. */
function afterFailure(failure: HealthEvent['failure'] = 'overload'): HealthBook {
  const book = new HealthBook();
  for (const at of [0, 1]) book.record({ provider: 'a', model: 'm', at, failure: failure ?? 'overload' });
  return book;
}

test('after a pause one request tries, and the others leave it alone until that has ended', () => {
  const book = afterFailure();
  expect(book.unhealthy('a', 'm', 100)).toContain('overloaded');
  expect(book.unhealthy('a', 'm', later)).toBeUndefined();
  book.begin('a', 'm', later, longestMs);
  expect(book.unhealthy('a', 'm', later)).toBe('a failed before, and another request is trying it again');
  book.record({ provider: 'a', model: 'm', at: later + 10 });
  expect(book.unhealthy('a', 'm', later + 10)).toBeUndefined();
  book.begin('a', 'm', later + 20, longestMs);
  expect(book.unhealthy('a', 'm', later + 20), 'healthy: nothing is on trial').toBeUndefined();
});

test.each([
  ['overload', undefined],
  ['network', 'another request is trying it again'],
] as const)('after %s, while one model is tried, another of the provider is left alone: %s', (failure, told) => {
  const book = afterFailure(failure);
  book.begin('a', 'm', later, longestMs);
  const other = book.unhealthy('a', 'other', later);
  if (told === undefined) expect(other).toBeUndefined();
  else expect(other).toContain(told);
  expect(book.unhealthy('b', 'm', later)).toBeUndefined();
});

test('a trial that fails begins the next pause', () => {
  const book = afterFailure();
  book.begin('a', 'm', later, longestMs);
  book.record({ provider: 'a', model: 'm', at: later + 10, failure: 'overload' });
  expect(book.unhealthy('a', 'm', later + 20)).toContain('overloaded; tried again in');
});

test.each([
  [
    'is cancelled',
    (book: HealthBook) => book.record({ provider: 'a', model: 'm', at: later, failure: 'cancelled' }),
    0,
  ],
  ['ends in a way that says nothing of others', (book: HealthBook) => book.ended('a', 'm'), 0],
  ['never ends', () => undefined, longestMs],
  ['set out by a clock that was set back since', () => undefined, -1_000],
  ['is answered', (book: HealthBook) => book.answers('a', 'm'), 0],
  ['is forgotten with its provider', (book: HealthBook) => book.forget('a'), 0],
  ['is forgotten with all', (book: HealthBook) => book.clear(), 0],
])('a trial that %s holds nobody back', (_, end, after) => {
  const book = afterFailure();
  book.begin('a', 'm', later, longestMs);
  end(book);
  expect(book.unhealthy('a', 'm', later + after)).toBeUndefined();
});

test('a trial holds others back for as long as it may wait itself, and no second one sets out beside it', () => {
  const book = afterFailure();
  book.begin('a', 'm', later, longestMs);
  book.begin('a', 'm', later + longestMs - 2, longestMs);
  expect(book.unhealthy('a', 'm', later + longestMs - 1)).toContain('another request is trying it again');
  expect(book.unhealthy('a', 'm', later + longestMs)).toBeUndefined();
});

test('while a trial is answered others are served too, until it fails after all', () => {
  const book = afterFailure();
  book.begin('a', 'm', later, longestMs);
  book.answers('a', 'm');
  book.begin('a', 'm', later + 1, longestMs);
  expect(book.unhealthy('a', 'm', later + 2)).toBeUndefined();
  book.record({ provider: 'a', model: 'm', at: later + 10, failure: 'overload' });
  expect(book.unhealthy('a', 'm', later + 20)).toContain('overloaded; tried again in');
});
