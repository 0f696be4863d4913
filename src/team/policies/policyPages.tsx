import type { Change } from '../../routing/diff/change.ts';
import type { AdminFrame } from '../access/pages/adminPages.tsx';
import { Mark, pageOf, Table, Wide } from '../access/pages/shell.tsx';
import type { PolicyProblem } from './judgePolicy.ts';
import type { ListedPolicy, PolicyVersion } from './policyHistory.ts';

/** What is handed out; for admins, with a form to publish. @param signs false: this server has no key */
export function policiesPage(frame: AdminFrame, policies: readonly ListedPolicy[], signs: boolean): string {
  return pageOf(
    frame,
    <>
      <p class="dim">
        A repository, or a machine’s baseline, that extends one of these obeys its newest version within its{' '}
        <code>refresh</code>.
      </p>
      {policies.length === 0 ? (
        <p>Nothing is published yet.</p>
      ) : (
        <Table name="Policies" columns={['Name', 'Serial', 'Published (UTC)', 'By', 'Versions']}>
          {policies.map(({ name, serial, publishedAt, publishedBy, versions }) => (
            <tr key={name}>
              <th scope="row">
                <a href={`/policies/${name}`}>{name}</a>
              </th>
              <td>{serial}</td>
              <td>{momentOf(publishedAt)}</td>
              <td>{publishedBy}</td>
              <td>{versions}</td>
            </tr>
          ))}
        </Table>
      )}
      {frame.person.role === 'admin' ? <PublishForm frame={frame} signs={signs} /> : undefined}
    </>,
  );
}

function PublishForm({ frame, signs }: { readonly frame: AdminFrame; readonly signs: boolean }) {
  if (!signs) return <p class="bad">This server has no key to sign with: start it with one to publish.</p>;
  return (
    <>
      <h2>Publish</h2>
      <p class="dim">It is published only if it has no error and its own tests pass.</p>
      <form method="post" action="/policies">
        <Mark person={frame.person} />
        <p>
          <label>
            Name <input name="name" required maxLength={64} pattern="[a-z0-9][a-z0-9._\-]*" />
          </label>
          <label>
            Why <input name="note" maxLength={300} size={40} />
          </label>
        </p>
        <p>
          <label>
            Text
            <br />
            <textarea name="text" required rows={16} cols={80} spellcheck={false} />
          </label>
        </p>
        <button type="submit">Publish it</button>
      </form>
    </>
  );
}

/** A policy's versions, the newest first, and how it is extended. @param source its pin is undefined where there is no key */
export function policyPage(
  frame: AdminFrame,
  name: string,
  versions: readonly PolicyVersion[],
  source: { readonly address: string; readonly pin: string | undefined },
): string {
  const entry = { source: source.address, key: source.pin ?? '', refresh: '15m' };
  return pageOf(
    frame,
    <>
      <h2>To extend it</h2>
      {source.pin === undefined ? (
        <p class="bad">This server has no key to sign with, so the pin is not known here.</p>
      ) : (
        <code class="secret">{`"extends": ${JSON.stringify(entry)}`}</code>
      )}
      <p>
        <a href={`/v1/policies/${name}`}>The newest text</a>, <a href={`/v1/policies/${name}.sig`}>its signature</a>
      </p>
      <h2>Versions</h2>
      {versions.map((version, place) => (
        <section key={version.serial} aria-labelledby={`serial-${version.serial}`}>
          <h3 id={`serial-${version.serial}`}>
            Serial {version.serial}
            {place === 0 ? ' (in force)' : ''}
          </h3>
          <p>
            {momentOf(version.publishedAt)}, by {version.publishedBy}
            {version.note === '' ? '' : `: ${version.note}`}
          </p>
          <Changes changes={version.changes} isFirst={place === versions.length - 1} />
          <details>
            <summary>The text</summary>
            <Wide name={`The text of serial ${version.serial}`}>
              <pre>
                <code>{version.text}</code>
              </pre>
            </Wide>
          </details>
          {frame.person.role === 'admin' && place > 0 ? (
            <form method="post" action={`/policies/${name}/back`}>
              <Mark person={frame.person} />
              <input type="hidden" name="serial" value={version.serial} />
              <button type="submit">Publish this one again</button>
            </form>
          ) : undefined}
        </section>
      ))}
    </>,
  );
}

function Changes({ changes, isFirst }: { readonly changes: readonly Change[] | undefined; readonly isFirst: boolean }) {
  if (changes === undefined) return isFirst ? undefined : <p class="dim">What it changed is not known.</p>;
  if (changes.length === 0) return <p class="dim">Nothing changed in meaning.</p>;
  return (
    <ul>
      {changes.map(({ id, words, looser, perhaps }, place) => (
        <li key={place}>
          {looser ? <strong class="bad">{perhaps ? 'perhaps looser: ' : 'looser: '}</strong> : undefined}
          <code>{id}</code> {words}
        </li>
      ))}
    </ul>
  );
}

/** Why a text was not published. */
export function refusedPage(frame: AdminFrame, problems: readonly PolicyProblem[]): string {
  return pageOf(
    frame,
    <>
      <p>What was handed out before still is. Go back, mend these, and publish again:</p>
      <ul>
        {problems.map(({ line, column, message }, place) => (
          <li key={place}>
            {line === undefined ? '' : `Line ${line}, column ${column}: `}
            {message}
          </li>
        ))}
      </ul>
    </>,
  );
}

function momentOf(moment: Date): string {
  return moment.toISOString().slice(0, 16).replace('T', ' ');
}
