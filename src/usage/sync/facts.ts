import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** What all processes of this user know of sending, by name: consent, cursor, lease, counts. Rows of the ledger. */
export class SyncFacts {
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #setOnce: StatementSync;
  readonly #delete: StatementSync;
  readonly #under: StatementSync;

  constructor(database: DatabaseSync) {
    this.#get = database.prepare('SELECT value FROM sync WHERE name = ?');
    this.#set = database.prepare(
      'INSERT INTO sync (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
    this.#setOnce = database.prepare('INSERT INTO sync (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING');
    this.#delete = database.prepare('DELETE FROM sync WHERE name = ?');
    this.#under = database.prepare('SELECT name, value FROM sync WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name');
  }

  text(name: string): string | undefined {
    const value = this.#get.get(name)?.['value'];
    return value === undefined ? undefined : String(value);
  }

  /** undefined where there is none, and where it is no number. */
  number(name: string): number | undefined {
    const value = Number(this.text(name) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  }

  /** @param value undefined: forgotten */
  set(name: string, value: string | number | undefined): void {
    if (value === undefined) this.#delete.run(name);
    else this.#set.run(name, String(value));
  }

  /** Whether it was not known before: of several processes, one is told so. */
  setOnce(name: string, value: string): boolean {
    return this.#setOnce.run(name, value).changes === 1;
  }

  add(name: string, count: number): void {
    if (count !== 0) this.set(name, (this.number(name) ?? 0) + count);
  }

  /** Counts by what follows a beginning of their names. */
  countsUnder(beginning: string): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.#under.all(beginning).map((row) => [String(row['name']).slice(beginning.length), Number(row['value'])]),
    );
  }
}
