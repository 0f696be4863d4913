import pg from 'pg';

/** What a connection of the driver can do beside what its types say of it. */
interface CopyConnection {
  sendCopyFromChunk(rows: Buffer): void;
  endCopyFrom(): void;
}

/**
 * Rows on their way into a table with `COPY … FROM STDIN`: of all ways in it costs the database the least, because nothing is
 * planned for them and they are written a page at a time. The driver sends the statement, and asks for the rows here.
 */
class CopyIn extends pg.Query {
  readonly #rows: string;

  constructor(text: string, rows: string, done: (error: Error | undefined) => void) {
    super(text, done);
    this.#rows = rows;
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(Buffer.from(this.#rows));
    connection.endCopyFrom();
  }
}

/**
 * Writes rows into a table.
 *
 * @param sql one or more statements without parameters, the last of them `COPY … FROM STDIN`
 * @param rows as PostgreSQL's text format has them
 */
export function copyIn(client: pg.PoolClient, sql: string, rows: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(sql, rows, (error) => (error ? reject(error) : resolve())));
  });
}
