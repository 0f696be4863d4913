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

describe('reads that are joined', () => {
  const count = (): unknown => one.prepare('SELECT COUNT(*) AS n FROM t').get()?.['n'];

  it('are of one moment, and those after them of a later one', () => {
    const writes = new JoinedWrites(one);
    const moments = [writes.moment];
    writes.reading(() => {
      expect(count()).toBe(0);
      other.exec('INSERT INTO t VALUES (1)');
      expect(writes.reading(count)).toBe(0);
      moments.push(writes.moment);
    });
    expect(count()).toBe(1);
    writes.reading(() => moments.push(writes.moment));
    writes.join(() => moments.push(writes.moment));
    expect(moments).toEqual([undefined, expect.any(Number), expect.any(Number), expect.any(Number)]);
    expect(new Set(moments).size).toBe(4);
  });

  it('do not keep what is written among them from being written', () => {
    const writes = new JoinedWrites(one);
    writes.reading(() => {
      expect(count()).toBe(0);
      other.exec('INSERT INTO t VALUES (1)');
      writes.atomically(() => write(2));
      expect(seenByOthers()).toEqual([1, 2]);
      expect(count()).toBe(2);
    });
    expect(writes.moment).toBeUndefined();
  });

  it('end when one of them fails', () => {
    const writes = new JoinedWrites(one);
    expect(() => writes.reading(() => one.exec('SELECT nothing'))).toThrow(/nothing/);
    writes.join(() => write(1));
    expect(seenByOthers()).toEqual([1]);
  });
});
