import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JoinedWrites } from './joinedWrites.ts';

let folder: string;
let one: DatabaseSync;
let other: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'joined-'));
  one = new DatabaseSync(join(folder, 'x.sqlite'));
  one.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT');
  other = new DatabaseSync(join(folder, 'x.sqlite'), { timeout: 0 });
});

afterEach(() => {
  one.close();
  other.close();
  rmSync(folder, { recursive: true });
});

const write = (n: number): void => one.exec(`INSERT INTO t VALUES (${n})`);
const seenByOthers = (): unknown[] =>
  other
    .prepare('SELECT n FROM t ORDER BY n')
    .all()
    .map(({ n }) => n);

describe('writes that are joined', () => {
  it('are seen together, and not before', () => {
    new JoinedWrites(one).join(() => {
      write(1);
      write(2);
      expect(seenByOthers()).toEqual([]);
    });
    expect(seenByOthers()).toEqual([1, 2]);
  });

  it('fail each by itself, a part with all that belongs to it', () => {
    const writes = new JoinedWrites(one);
    writes.join(() => {
      write(1);
      expect(() =>
        writes.atomically(() => {
          write(2);
          write(1);
        }),
      ).toThrow(/UNIQUE/);
      writes.atomically(() => write(3));
    });
    expect(seenByOthers()).toEqual([1, 3]);
  });

  it('are kept when whoever wrote them fails afterwards', () => {
    const writes = new JoinedWrites(one);
    expect(() =>
      writes.join(() => {
        write(1);
        throw new Error('on the way');
      }),
    ).toThrow('on the way');
    writes.join(() => write(2));
    expect(seenByOthers()).toEqual([1, 2]);
  });

  it('are done one by one, where the file cannot be locked for them all', () => {
    one.exec('PRAGMA busy_timeout = 0');
    other.exec('BEGIN IMMEDIATE');
    const writes = new JoinedWrites(one);
    writes.join(() => {
      expect(() => writes.atomically(() => write(1))).toThrow(/locked/);
      other.exec('ROLLBACK');
      writes.atomically(() => write(2));
    });
    expect(seenByOthers()).toEqual([2]);
  });
});
