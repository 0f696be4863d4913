/** What a column may have; undefined is null. A `bigint` is a sum that a number is too small for. */
export type SqlValue = string | number | bigint | boolean | undefined;

/** A column of rows that are handed to the database. */
export interface Column<Row> {
  readonly name: string;
  readonly type:
    | 'integer'
    | 'smallint'
    | 'bigint'
    | 'numeric'
    | 'boolean'
    | 'text'
    | 'uuid'
    | 'date'
    | 'timestamptz'
    | 'jsonb';
  of(row: Row): SqlValue;
}

/** Rows as a query of their columns. @param first the parameter that the first column is; the others follow it */
export function givenSql(columns: readonly Column<never>[], first: number): string {
  const names = columns.map(({ name }) => name).join(', ');
  const arrays = columns.map(({ type }, index) => `$${first + index}::${type}[]`).join(', ');
  return `SELECT ${names} FROM unnest(${arrays}) AS given(${names})`;
}

/**
 * Rows as one array for each column, in PostgreSQL's notation: a third of the work that JSON is for it, and half of what the
 * driver's own arrays are for us. Rows that follow one another are much alike, so that an element which repeats the one before
 * is not written anew.
 */
export function arraysOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] {
  return columns.map(({ of }) => {
    let written = '{';
    let comma = '';
    let before: SqlValue;
    let asBefore = 'NULL';
    for (const row of rows) {
      const value = of(row);
      if (value !== before) {
        before = value;
        asBefore = element(value);
      }
      written += comma + asBefore;
      comma = ',';
    }
    return `${written}}`;
  });
}

/** Texts always in quotes: the word null is a name like any other. */
function element(value: SqlValue): string {
  if (value === undefined) return 'NULL';
  if (typeof value !== 'string') return String(value);
  const isPlain = !(value.includes('"') || value.includes('\\'));
  return `"${isPlain ? value : value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Rows in the text format of `COPY`. As in {@link arraysOf} what repeats is not written anew. */
export function copyText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const fields = columns.map(({ of }): CopyField<Row> => ({ of, value: undefined, text: NULL_FIELD }));
  let text = '';
  for (const row of rows) {
    let tab = '';
    for (const field of fields) {
      const value = field.of(row);
      if (value !== field.value) {
        field.value = value;
        field.text = fieldOf(value);
      }
      text += tab + field.text;
      tab = '\t';
    }
    text += '\n';
  }
  return text;
}

interface CopyField<Row> {
  readonly of: (row: Row) => SqlValue;
  /** Of the row before. */
  value: SqlValue;
  text: string;
}

const NULL_FIELD = String.raw`\N`;
/** In a field each of these stands for something else. */
const escapes: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '\t': String.raw`\t`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
};

function fieldOf(value: SqlValue): string {
  if (value === undefined) return NULL_FIELD;
  if (typeof value !== 'string') return String(value);
  return /[\\\t\n\r]/.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (special) => escapes[special] ?? '') : value;
}
