// What people are asked and told about what leaves their machine, through the port that the editor fills.
import { describe, expect, test } from 'vitest';
import type { SinkStanding, SyncStanding } from '../../src/contract/sync.ts';
import { type SyncEditor, TeamSync } from '../../src/extension/sync/teamSync.ts';

const counts = { waiting: 0, sent: 0, dropped: 0, refused: {} };
const nowhere: SinkStanding = { state: 'nowhere', counts };
const unasked: SinkStanding = {
  state: 'unasked',
  place: 'https://team.example 1',
  host: 'team.example',
  name: 'Payments',
  counts,
};
const standing = (team: SinkStanding): SyncStanding => ({ team, otlp: nowhere });

interface Played {
  readonly team: TeamSync;
  readonly said: string[];
  readonly asked: [method: string, params: object][];
  readonly shown: string[];
}

/** @param clicks what the person clicks, in order; undefined: closes it. @param answers of the router, by method */
function play(clicks: (string | undefined)[], answers: Readonly<Record<string, unknown>>): Played {
  const said: string[] = [];
  const asked: [string, object][] = [];
  const shown: string[] = [];
  const click = async (message: string, detail: string, buttons: readonly string[]): Promise<string | undefined> => {
    said.push(detail === '' ? message : `${message} ${detail}`);
    if (buttons.length === 0) return undefined;
    const chosen = clicks.shift();
    expect(chosen === undefined || buttons.includes(chosen), `${chosen} of ${buttons.join(', ')}`).toBe(true);
    return chosen;
  };
  const editor: SyncEditor = {
    t: (message, ...values) => message.replace(/\{(\d)\}/g, (_, n: string) => String(values[Number(n)])),
    tell: (message, ...buttons) => click(message, '', buttons),
    ask: (message, detail, ...buttons) => click(message, detail, buttons),
    input: async () => clicks.shift(),
    show: async (name) => {
      shown.push(name);
    },
    request: async <Result>(method: string, params: object) => {
      const name = method.slice('routing/sync/'.length);
      asked.push([name, params]);
      return answers[name] as Result;
    },
  };
  return { team: new TeamSync(editor), said, asked, shown };
}

const answered = { sentence: 'Anonymous usage is sent to team.example.' };

describe('the question', () => {
  test('is asked where a team is new, says what is sent and what never is, and its answer counts', async () => {
    const { team, said, asked } = play(['Send'], { claimQuestion: true, answer: answered });
    await team.askWhereNew(standing(unasked));
    expect(said[0]).toMatch(
      /says that it is “Payments”.*to be sent to team\.example\..*never has code, prompts, paths/,
    );
    expect(asked).toEqual([
      ['claimQuestion', { sink: 'team', place: unasked.place }],
      ['answer', { sink: 'team', place: unasked.place, agreed: true }],
    ]);
  });

  test('that is closed is a no, and sends nothing', async () => {
    const { team, asked } = play([undefined], { claimQuestion: true });
    await team.askWhereNew(standing(unasked));
    expect(asked).toEqual([['claimQuestion', { sink: 'team', place: unasked.place }]]);
  });

  test('is asked by one window only', async () => {
    const { team, said } = play([], { claimQuestion: false });
    await team.askWhereNew(standing(unasked));
    expect(said).toEqual([]);
  });

  test.each(['not-agreed', 'telemetry-off', 'untrusted', 'paused', 'sending', 'nowhere'] as const)(
    'is not asked while it stands at "%s"',
    async (state) => {
      const { team, asked } = play([], {});
      await team.askWhereNew(standing({ ...unasked, state }));
      expect(asked).toEqual([]);
    },
  );

  test('lets people look first', async () => {
    const show = [{ sink: 'team', standing: { ...unasked, sentence: '' }, next: null, example: '{}', last: null }];
    const { team, shown, asked } = play(['Show Exactly What', 'Don’t Send'], {
      claimQuestion: true,
      show,
      answer: answered,
    });
    await team.askWhereNew(standing(unasked));
    expect(shown).toEqual(['Would be sent to team.example.json']);
    expect(asked.at(-1)).toEqual(['answer', { sink: 'team', place: unasked.place, agreed: false }]);
  });
});

describe('a team', () => {
  const link = 'vscode://routing-policy.routing-policy/enrol?endpoint=x';
  const joined = { kind: 'joined', standing: answered };
  const described = { kind: 'team', host: 'team.example', name: 'Payments' };

  test('is joined by a link, after it was said which one it is', async () => {
    const { team, said, asked } = play(['Join and Send'], { describe: described, join: joined });
    await team.joinTeam(link);
    expect(said[0]).toContain('Join the team at team.example? Its link says that it is “Payments”.');
    expect(asked.map(([method]) => method)).toEqual(['describe', 'join']);
    expect(asked.at(-1)).toEqual(['join', { link, agreed: true }]);
    expect(said[1]).toBe(answered.sentence);
    expect(said.join(' ')).not.toContain(link);
  });

  test('may be joined without sending', async () => {
    const { team, asked } = play([link, 'Join, Send Nothing'], {
      describe: described,
      join: joined,
    });
    await team.joinTeam();
    expect(asked.at(-1)).toEqual(['join', { link, agreed: false }]);
  });

  test.each([
    ['when the person closes the question', [undefined], described],
    ['when the link is none', [], { kind: 'unusable', reason: 'This is no link.' }],
  ])('is not joined %s', async (_what, clicks, answer) => {
    const { team, asked } = play(clicks, { describe: answer });
    await team.joinTeam(link);
    expect(asked.map(([method]) => method)).toEqual(['describe']);
  });

  test('that an administrator set up is not left', async () => {
    const { team, said, asked } = play([], { standing: standing({ ...unasked, managed: true }) });
    await team.leaveTeam();
    expect(said[0]).toContain('administrator');
    expect(asked.map(([method]) => method)).toEqual(['standing']);
  });
});

test('"Resume Sync" asks again where it was not agreed to', async () => {
  const { team, asked } = play(['Send'], {
    pause: answered,
    standing: standing({ ...unasked, state: 'not-agreed' }),
    answer: answered,
  });
  await team.resume();
  expect(asked.map(([method]) => method)).toEqual(['pause', 'standing', 'answer']);
});

test('nothing is deleted before that was confirmed', async () => {
  const { team, asked } = play([undefined], {});
  await team.deleteUnsent();
  expect(asked).toEqual([]);
});
