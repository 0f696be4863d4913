import type { Connection } from 'vscode-languageserver/node';
import {
  type AnswerParams,
  type JoinParams,
  type JoinResult,
  type LinkParams,
  type LinkResult,
  type SentTexts,
  type SinkParams,
  type SyncStanding,
  syncToRouter,
  type ToldStanding,
  type ToldSync,
} from '../contract/sync.ts';
import { MembershipError } from '../usage/sync/membership.ts';
import { sinks } from '../usage/sync/outbox.ts';
import { type SinkStanding, standingSentence } from '../usage/sync/standing.ts';
import type { RouterProcess } from './compose.ts';

const told = (standing: SinkStanding): ToldStanding => ({ ...standing, sentence: standingSentence(standing) });

/** What the editor is told when something has changed. */
export const toldSync = ({ team, otlp }: SyncStanding): ToldSync => ({ team: told(team), otlp: told(otlp) });

/** What people ask and decide about what is sent from this machine. */
export function serveSync(connection: Connection, router: () => Promise<RouterProcess>): void {
  connection.onRequest(syncToRouter.standing, async (): Promise<SyncStanding> => (await router()).sync.standing());
  connection.onRequest<boolean, never>(syncToRouter.claimQuestion, async ({ sink, place }: SinkParams) =>
    (await router()).sync.claimQuestion(sink, place),
  );
  connection.onRequest(syncToRouter.answer, async ({ sink, agreed, place }: AnswerParams): Promise<ToldStanding> => {
    const { sync } = await router();
    sync.answer(sink, agreed, place);
    return told(sync.standing()[sink]);
  });
  connection.onRequest(syncToRouter.pause, async ({ paused }: { readonly paused: boolean }): Promise<ToldStanding> => {
    const { sync } = await router();
    sync.pause(paused);
    return told(sync.standing().team);
  });
  connection.onRequest(
    syncToRouter.deleteUnsent,
    async (): Promise<{ readonly count: number }> => ({ count: (await router()).sync.deleteUnsent() }),
  );
  connection.onRequest<LinkResult, never>(syncToRouter.describe, async ({ link }: LinkParams): Promise<LinkResult> => {
    const { sync } = await router();
    return ofLink(() => ({ kind: 'team', ...sync.describe(link) }));
  });
  connection.onRequest<JoinResult, never>(
    syncToRouter.join,
    async ({ link, agreed }: JoinParams): Promise<JoinResult> => {
      const { sync } = await router();
      return ofLink(() => ({ kind: 'joined', standing: told(sync.join(link, agreed)) }));
    },
  );
  connection.onRequest(syncToRouter.leave, async (): Promise<ToldStanding> => told((await router()).sync.leave()));
  connection.onRequest(syncToRouter.show, async (): Promise<readonly SentTexts[]> => {
    const { sync } = await router();
    return sinks.map((sink) => {
      const { next, example, last } = sync.sentAndNext(sink);
      const standing = told(sync.standing()[sink]);
      return { sink, standing, next: next ?? null, example: example ?? null, last: last ?? null };
    });
  });
}

function ofLink<Result>(work: () => Result): Result | { readonly kind: 'unusable'; readonly reason: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof MembershipError) return { kind: 'unusable', reason: error.message };
    throw error;
  }
}
