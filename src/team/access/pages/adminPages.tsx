import type { Team } from '../../organisation.ts';
import type { Person } from '../../services.ts';
import type { AuditRow } from '../audit.ts';
import type { ListedToken } from '../machineTokens.ts';
import type { ListedPerson } from '../people.ts';
import { Mark, type PageFrame, pageOf, Table } from './shell.tsx';

/** A page for a person who is signed in. */
export interface AdminFrame extends PageFrame {
  readonly person: Person;
}

/** Who may see and change what. @param byClaims their roles are the provider's to give */
export function peoplePage(frame: AdminFrame, people: readonly ListedPerson[], byClaims: boolean): string {
  return pageOf(
    frame,
    <>
      {byClaims ? <p class="dim">Roles go by what the sign-in provider says, at each sign-in.</p> : undefined}
      <Table name="People" columns={['Name', 'Known by', 'Role']}>
        {people.map((one) => (
          <tr key={one.id}>
            <td>{one.name}</td>
            <td class="dim">{one.issuer === 'link' ? 'a link of this machine' : one.issuer}</td>
            <td>
              <form method="post" action={`/people/${one.id}/role`}>
                <Mark person={frame.person} />
                <select name="role" aria-label={`Role of ${one.name}`}>
                  {(['none', 'viewer', 'reviewer', 'admin'] as const).map((role) => (
                    <option key={role} value={role} selected={role === (one.isOut ? 'none' : one.role)}>
                      {role === 'none' ? 'not let in' : role}
                    </option>
                  ))}
                </select>{' '}
                <button type="submit">Save</button>
              </form>
            </td>
          </tr>
        ))}
      </Table>
    </>,
  );
}

/** What the form for a token says where a team would be. */
export const WHOLE = 'organisation';

/** What lets installations in. @param made a token that was made now, which is shown this once */
export function tokensPage(
  frame: AdminFrame,
  teams: readonly Team[],
  tokens: readonly ListedToken[],
  now: number,
  made?: string,
): string {
  return pageOf(
    frame,
    <>
      {made === undefined ? undefined : (
        <p>
          The new token, shown this once: <code class="secret">{made}</code>
        </p>
      )}
      <p class="dim">
        A link to join is made by <code>routing-policy team enrol</code>: the salt in it is the team’s, and not known
        here.
      </p>
      <h2>New token</h2>
      <form method="post" action="/tokens">
        <Mark person={frame.person} />
        <label>
          Team{' '}
          <select name="team">
            {teams.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
            <option value={WHOLE}>the organisation (policies)</option>
          </select>
        </label>
        <label>
          For{' '}
          <select name="scope">
            <option value="ingest">usage</option>
            <option value="lease">budgets</option>
            <option value="metrics">reading figures</option>
            <option value="policy">publishing policies</option>
          </select>
        </label>
        <label>
          Label <input name="label" maxLength={64} placeholder="who has it" />
        </label>
        <label>
          Days it holds <input name="days" type="number" min="1" max="3650" placeholder="until revoked" />
        </label>
        <button type="submit">Make it</button>
      </form>
      <h2>New team</h2>
      <form method="post" action="/teams">
        <Mark person={frame.person} />
        <label>
          Name <input name="name" required maxLength={64} />
        </label>
        <button type="submit">Add it</button>
      </form>
      <h2>Tokens</h2>
      <Table name="Tokens that there are" columns={['Id', 'Label', 'Of', 'For', 'Made', 'Holds']}>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>
              <code>{token.id}</code>
            </td>
            <td>{token.label}</td>
            <td>{token.team ?? 'the organisation'}</td>
            <td>{token.scope}</td>
            <td>{dayOf(token.createdAt)}</td>
            <td>
              {standingOf(token, now) ?? (
                <form method="post" action={`/tokens/${token.id}/revoke`}>
                  <Mark person={frame.person} />
                  {token.expiresAt === null ? '' : `until ${dayOf(token.expiresAt)} `}
                  <button type="submit">Revoke</button>
                </form>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </>,
  );
}

function standingOf({ revokedAt, expiresAt }: ListedToken, now: number): string | undefined {
  if (revokedAt !== null) return `revoked ${dayOf(revokedAt)}`;
  return expiresAt !== null && expiresAt.getTime() <= now ? `expired ${dayOf(expiresAt)}` : undefined;
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** Who did what. @param older the id before which the next page goes on */
export function auditPage(frame: AdminFrame, rows: readonly AuditRow[], older: string | undefined): string {
  return pageOf(
    frame,
    <>
      <p>
        <a href="/audit.ndjson">All of it as JSON lines</a>
      </p>
      <Table name="Audit log" columns={['When (UTC)', 'Who', 'What', 'Details']}>
        {rows.map(({ id, at, who, what, details }) => (
          <tr key={id}>
            <td>{at.toISOString().slice(0, 19).replace('T', ' ')}</td>
            <td>{who}</td>
            <td>{what}</td>
            <td>
              <code>
                {Object.entries(details)
                  .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
                  .join(', ')}
              </code>
            </td>
          </tr>
        ))}
      </Table>
      {older === undefined ? undefined : (
        <p>
          <a href={`/audit?before=${older}`}>Older</a>
        </p>
      )}
    </>,
  );
}
