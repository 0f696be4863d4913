import type { AdminFrame } from '../access/pages/adminPages.tsx';
import { Mark, pageOf } from '../access/pages/shell.tsx';
import type { Imported } from './importFile.ts';
import type { ImportSource } from './importTables.ts';

const SOURCES: Readonly<Record<ImportSource, string>> = {
  copilot: 'GitHub Copilot: usage metrics of users (NDJSON)',
  anthropic: 'Anthropic: cost or usage report (JSON)',
  openai: 'OpenAI: costs or usage of completions (JSON)',
  focus: 'A bill in FOCUS (CSV)',
};

/** A form for a file. */
export function importPage(frame: AdminFrame): string {
  return pageOf(
    frame,
    <>
      <p>
        What was billed elsewhere stands beside what went by the policy. The same file twice changes nothing, and a row
        that comes again replaces what it said before. Nobody’s name is kept.
      </p>
      <Form frame={frame} />
    </>,
  );
}

function Form({ frame }: { readonly frame: AdminFrame }) {
  return (
    <form method="post" action="/imports" encType="multipart/form-data">
      <Mark person={frame.person} />
      <p>
        <label>
          Of{' '}
          <select name="source">
            {Object.entries(SOURCES).map(([source, words]) => (
              <option key={source} value={source}>
                {words}
              </option>
            ))}
          </select>
        </label>
      </p>
      <p>
        <label>
          File <input type="file" name="file" required />
        </label>
      </p>
      <button type="submit">Import it</button>
    </form>
  );
}

/** What became of a file. */
export function resultPage(frame: AdminFrame, imported: Imported): string {
  return pageOf(
    frame,
    <>
      <Result imported={imported} />
      <h2>Another one</h2>
      <Form frame={frame} />
    </>,
  );
}

function Result({ imported }: { readonly imported: Imported }) {
  switch (imported.kind) {
    case 'refused':
      return <p class="bad">Nothing was taken in. {imported.message}</p>;
    case 'known':
      return (
        <p>
          This file was taken in before, on {new Date(imported.at).toISOString().slice(0, 10)} by {imported.by}: nothing
          changed.
        </p>
      );
    case 'imported':
      return (
        <>
          <p>
            {imported.rows} rows were taken in
            {imported.leftOut === 0 ? '' : `; ${imported.leftOut} of other services were left out`}.
          </p>
          {imported.unreadCount === 0 ? undefined : (
            <>
              <p class="bad">{imported.unreadCount} could not be read:</p>
              <ul>
                {imported.unread.map(({ where, why }, place) => (
                  <li key={place}>
                    {where}: {why}
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      );
    default:
      return imported satisfies never;
  }
}
