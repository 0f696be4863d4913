import {
  type AnswerParams,
  type JoinParams,
  type JoinResult,
  type LinkParams,
  type LinkResult,
  type SentTexts,
  type Sink,
  type SinkParams,
  type SinkStanding,
  type SyncStanding,
  syncToRouter,
  type ToldStanding,
} from '../../contract/sync.ts';

/** What this needs of the editor. */
export interface SyncEditor {
  /** A text for people in their language; `{0}` stands for the first of what follows. */
  t(message: string, ...values: readonly (string | number)[]): string;
  /** A notification, with buttons. undefined: it was closed. */
  tell(message: string, ...buttons: readonly string[]): Promise<string | undefined>;
  /** A dialog, with buttons beside the one that closes it. */
  ask(message: string, detail: string, ...buttons: readonly string[]): Promise<string | undefined>;
  /** A line that people paste, hidden as a password is. */
  input(title: string, prompt: string): Promise<string | undefined>;
  /** Opens a text, read-only. */
  show(name: string, text: string, isActive: boolean): Promise<void>;
  request<Result>(method: string, params: object): Promise<Result>;
}

/** What people see and decide of what leaves their machine. */
export class TeamSync {
  readonly #editor: SyncEditor;
  /** The places that are being asked about here. */
  readonly #asking = new Set<string>();

  constructor(editor: SyncEditor) {
    this.#editor = editor;
  }

  /** Asks whether usage may be sent where that is new: once for each place, in one of all windows, and never again. */
  async askWhereNew(standing: SyncStanding): Promise<void> {
    for (const sink of ['team', 'otlp'] as const) {
      const { state, place } = standing[sink];
      if (state !== 'unasked' || place === undefined || this.#asking.has(place)) continue;
      this.#asking.add(place);
      try {
        const params: SinkParams = { sink, place };
        const isMine = await this.#editor.request<boolean>(syncToRouter.claimQuestion, params);
        if (isMine) await this.#askToSend(params, standing[sink]);
      } finally {
        this.#asking.delete(place);
      }
    }
  }

  /** @param link of a team; left out: the person pastes it */
  async joinTeam(link?: string): Promise<void> {
    const { t, input, ask, tell } = this.#editor;
    const given =
      link ?? (await input(t('Join a Team'), t('Paste the link that your team gave you. It ends with /enrol?…')));
    if (!given) return;
    const params: LinkParams = { link: given };
    const described = await this.#editor.request<LinkResult>(syncToRouter.describe, params);
    if (described.kind === 'unusable') {
      await tell(t('No team was joined. {0}', described.reason));
      return;
    }
    const { host, name } = described;
    const send = t('Join and Send');
    const join = t('Join, Send Nothing');
    const answer = await ask(
      name === undefined
        ? t('Join the team at {0}?', host)
        : t('Join the team at {0}? Its link says that it is “{1}”.', host, name),
      this.#whatIsSent(),
      send,
      join,
    );
    if (answer === undefined) return;
    // With the answer: a team that was joined without one would be asked about at once.
    const agreed: JoinParams = { ...params, agreed: answer === send };
    const joined = await this.#editor.request<JoinResult>(syncToRouter.join, agreed);
    await tell(joined.kind === 'joined' ? joined.standing.sentence : t('No team was joined. {0}', joined.reason));
  }

  async leaveTeam(): Promise<void> {
    const { t, ask, tell } = this.#editor;
    const { team } = await this.#standing();
    if (team.host === undefined) {
      await tell(t('No team was joined on this machine.'));
      return;
    }
    if (team.managed === true) {
      await tell(
        t('An administrator has set up {0} on this machine. "Pause Sync" keeps you from sending to it.', team.host),
      );
      return;
    }
    const leave = t('Leave');
    const detail = t('What was not sent yet is deleted. What was sent stays with the team.');
    if ((await ask(t('Leave the team at {0}?', team.host), detail, leave)) !== leave) return;
    await this.#editor.request(syncToRouter.leave, {});
    await tell(t('You have left the team at {0}. Nothing is sent to it any more.', team.host));
  }

  /** What will be sent next and what was sent last, byte for byte. */
  async showWhatIsSent(): Promise<void> {
    const { t, show, tell } = this.#editor;
    const all = await this.#editor.request<readonly SentTexts[]>(syncToRouter.show, {});
    for (const { standing, next, example, last } of all) {
      const host = standing.host ?? '';
      if (last !== null) await show(t('Sent last to {0}.json', host), last.body, false);
      if (next !== null) await show(t('Will be sent to {0}.json', host), next, true);
      else if (example !== null) await show(t('Would be sent to {0}.json', host), example, true);
    }
    await tell(sentences(all.map(({ standing }) => standing)));
  }

  async pause(): Promise<void> {
    const { sentence } = await this.#editor.request<ToldStanding>(syncToRouter.pause, { paused: true });
    await this.#editor.tell(sentence);
  }

  /** Goes on sending; where that was not agreed to, asks. */
  async resume(): Promise<void> {
    const { t, ask, tell } = this.#editor;
    await this.#editor.request<ToldStanding>(syncToRouter.pause, { paused: false });
    const standing = await this.#standing();
    const sink = (['team', 'otlp'] as const).find((one) => ['unasked', 'not-agreed'].includes(standing[one].state));
    if (sink === undefined) {
      const told = await this.#editor.request<readonly SentTexts[]>(syncToRouter.show, {});
      await tell(sentences(told.map((one) => one.standing)));
      return;
    }
    const send = t('Send');
    const { host = '', place = '' } = standing[sink];
    const answer = await ask(t('Send anonymous usage to {0}?', host), this.#whatIsSent(), send);
    if (answer === send) await this.#answer({ sink, place }, true);
  }

  async deleteUnsent(): Promise<void> {
    const { t, ask, tell } = this.#editor;
    const remove = t('Delete');
    const detail = t('Your own usage figures on this machine stay as they are.');
    if ((await ask(t('Delete what was not sent yet?'), detail, remove)) !== remove) return;
    const { count } = await this.#editor.request<{ readonly count: number }>(syncToRouter.deleteUnsent, {});
    await tell(
      count === 0 ? t('Nothing was waiting to be sent.') : t('{0} were deleted, and will never be sent.', count),
    );
  }

  async #askToSend(about: SinkParams, { host = '', name, managed }: SinkStanding): Promise<void> {
    const { t, tell } = this.#editor;
    const send = t('Send');
    const refuse = t('Don’t Send');
    const look = t('Show Exactly What');
    const message =
      name === undefined || managed === true
        ? t('Your team asks for anonymous usage, to be sent to {0}. {1}', host, this.#whatIsSent())
        : t(
            'A team whose link says that it is “{0}” asks for anonymous usage, to be sent to {1}. {2}',
            name,
            host,
            this.#whatIsSent(),
          );
    for (let answer: string | undefined = look; answer === look; ) {
      answer = await tell(message, send, refuse, look);
      if (answer === look) await this.#showExample(about.sink);
      else if (answer !== undefined) await this.#answer(about, answer === send);
    }
  }

  async #showExample(sink: Sink): Promise<void> {
    const { t, show, tell } = this.#editor;
    const all = await this.#editor.request<readonly SentTexts[]>(syncToRouter.show, {});
    const here = all.find((one) => one.sink === sink);
    if (here?.example) await show(t('Would be sent to {0}.json', here.standing.host ?? ''), here.example, true);
    else void tell(t('Nothing was recorded yet that could be shown.'));
  }

  async #answer(about: SinkParams, agreed: boolean): Promise<void> {
    const params: AnswerParams = { ...about, agreed };
    const { sentence } = await this.#editor.request<ToldStanding>(syncToRouter.answer, params);
    await this.#editor.tell(sentence);
  }

  #standing(): Promise<SyncStanding> {
    return this.#editor.request<SyncStanding>(syncToRouter.standing, {});
  }

  #whatIsSent(): string {
    return this.#editor.t(
      'What is sent has classes of work, models, tokens, costs and outcomes, by the hour. It never has code, prompts, paths, repositories or your name.',
    );
  }
}

/** What is to be said of the places, each sentence once; of none where there is somewhere else. */
function sentences(standings: readonly ToldStanding[]): string {
  const somewhere = standings.filter(({ state }) => state !== 'nowhere');
  return [...new Set((somewhere.length > 0 ? somewhere : standings).map(({ sentence }) => sentence))].join(' ');
}
