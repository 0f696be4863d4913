import { formatUsd } from '../../routing/labels.ts';
import type { AdminFrame } from '../access/pages/adminPages.tsx';
import { Mark, pageOf, Table } from '../access/pages/shell.tsx';
import type { LeaseList, ListedLease } from './leaseList.ts';
import { OVERSHOOT_NANO_USD } from './settlementBound.ts';

/** What installations said that their leases came to, where that is more than is believed; with what an admin makes of it. */
export function claimsPage(frame: AdminFrame, { leases: claims, inAll, older }: LeaseList): string {
  return pageOf(
    frame,
    <>
      <p class="dim">
        A lease comes to twice its amount and {formatUsd(OVERSHOOT_NANO_USD)} at most, and all that goes beyond leases
        to as much again as the budget. What an installation says beyond that counts once it is accepted here. The id of
        its token is on the page <a href="/tokens">Tokens</a>, where it can be revoked.
      </p>
      {inAll > claims.length ? (
        <p>
          These are {claims.length} of {inAll} claims: first those that wait, of the largest leases before others, then
          the newest.
        </p>
      ) : undefined}
      {claims.length === 0 ? (
        <p>Nothing was claimed.</p>
      ) : (
        <Table
          name="Claims"
          class="claims"
          columns={['Said (UTC)', 'Claim', 'Budget', 'By', 'Lease', 'Claimed', 'Counts']}
        >
          {claims.map((claim) => (
            <Row key={claim.id} frame={frame} claim={claim} />
          ))}
        </Table>
      )}
      {older === undefined ? undefined : (
        <p>
          <a href={`/budgets/claims?before=${older}`}>Older</a>
        </p>
      )}
    </>,
  );
}

function Row({ frame, claim }: { readonly frame: AdminFrame; readonly claim: ListedLease }) {
  const { id, team, settledBy, tokenId, label, name, amountNanoUsd, settledAt, countedNanoUsd, claimedNanoUsd } = claim;
  const isWaiting = claim.claim === 'waiting';
  return (
    <tr>
      <td>{settledAt?.toISOString().slice(0, 16).replace('T', ' ')}</td>
      <td>
        {isWaiting ? undefined : claim.claim}
        {isWaiting ? <Judge frame={frame} lease={id} what="accept" words="Accept" /> : undefined}
        {isWaiting ? <Judge frame={frame} lease={id} what="refuse" words="Refuse" /> : undefined}
        {claim.takenBackAt === null ? (
          <Judge frame={frame} lease={id} what="take-back" words="Take all of it back" />
        ) : (
          ', taken back'
        )}
      </td>
      <td>
        <code>{name}</code>
      </td>
      <td>
        {team}, <code>{settledBy ?? tokenId}</code>
        {label === null || label === '' ? '' : ` (${label})`}
      </td>
      <td>
        {formatUsd(amountNanoUsd)}, <code>{id}</code>
      </td>
      <td>{formatUsd(claimedNanoUsd ?? 0)}</td>
      <td>{formatUsd(countedNanoUsd ?? amountNanoUsd)}</td>
    </tr>
  );
}

function Judge({
  frame,
  lease,
  what,
  words,
}: {
  readonly frame: AdminFrame;
  readonly lease: string;
  readonly what: 'accept' | 'refuse' | 'take-back';
  readonly words: string;
}) {
  return (
    <form method="post" action={`/budgets/claims/${lease}/${what}`}>
      <Mark person={frame.person} />
      <button type="submit">{words}</button>
    </form>
  );
}
