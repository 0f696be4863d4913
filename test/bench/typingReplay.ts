import { type CompletionAnswer, CompletionEngine } from '../../src/router/completion/engine.ts';

/**
 * Replays a person's typing against the completion engine on a clock of its own: sixty words a minute with the pauses that
 * people make, and a provider that takes about 300 ms. Counts what it cost and whether anything wrong was ever shown.
 */
export interface TypingReplay {
  readonly keystrokes: number;
  /** How fast the person typed, a word being five characters. */
  readonly wordsPerMinute: number;
  readonly requests: number;
  readonly requestsPerKeystroke: number;
  readonly aborted: number;
  readonly shown: number;
  readonly accepted: number;
  readonly charactersAccepted: number;
  /** Suggestions that came for a document that had changed meanwhile, or that did not fit what was typed. Must be 0. */
  readonly stale: number;
  /** Calls of the engine that never answered. Must be 0. */
  readonly unsettled: number;
  /** Requests for several lines. */
  readonly blocks: number;
}

/** A small repeatable source of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Time that only passes when everybody waits. */
class Clock {
  now = 0;
  #timers: { at: number; run: () => void }[] = [];

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((settle) => {
      this.#timers.push({ at: this.now + ms, run: settle });
      signal?.addEventListener('abort', () => settle(), { once: true });
    });
  }

  /** Lets what can run, run; then moves to the next moment. False when nothing is waiting. */
  async step(): Promise<boolean> {
    await new Promise<void>((settle) => setImmediate(settle));
    this.#timers.sort((a, b) => a.at - b.at);
    const next = this.#timers.shift();
    if (!next) return false;
    this.now = Math.max(this.now, next.at);
    next.run();
    return true;
  }
}

/** Milliseconds before each character: 200 on average at sixty words a minute; longer at words' and lines' ends. */
function pauseBefore(character: string, previous: string, random: () => number): number {
  const jitter = 0.5 + random();
  if (previous === '\n') return 700 * jitter;
  if (/[.({,;=]/.test(previous)) return 260 * jitter;
  return (character === ' ' ? 150 : 170) * jitter;
}

export async function replayTyping(
  source: string,
  options: { seed: number; latencyMs?: number; maximumDelayMs?: number; suffix?: string },
): Promise<TypingReplay> {
  const clock = new Clock();
  const random = seeded(options.seed);
  const answers = new Map<string, string>();
  let requests = 0;
  let aborted = 0;
  let blocks = 0;
  const { suffix = '' } = options;
  const engine = new CompletionEngine({
    now: () => clock.now,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    maximumDelayMs: () => options.maximumDelayMs ?? 1000,
    // Nothing fails here by intent: what does must end the replay, loudly.
    failed: (error) => {
      throw error;
    },
    route: async (context) => ({
      scope: `${context.uri} policy`,
      expectedLatencyMs: 300,
      fetch: async (multiline, signal) => {
        requests += 1;
        if (multiline) blocks += 1;
        const id = `${requests}`;
        const right = random() < 0.6;
        const latency = (options.latencyMs ?? 300) * (0.6 + 0.8 * random());
        await clock.sleep(latency, signal);
        if (signal.aborted) {
          aborted += 1;
          return undefined;
        }
        const rest = source
          .slice(context.prefix.length)
          .split('\n')
          .slice(0, multiline ? 4 : 1)
          .join('\n');
        const text = right ? rest : `${rest.slice(0, Math.floor(rest.length / 2))}somethingElse()`;
        answers.set(id, context.prefix + text);
        return { id, text };
      },
    }),
  });

  let typed = '';
  let typingMs = 0;
  let version = 0;
  let keystrokes = 0;
  let shown = 0;
  let accepted = 0;
  let charactersAccepted = 0;
  let stale = 0;
  let open = 0;
  let visible: { text: string; at: number; version: number } | undefined;
  let cancel = new AbortController();

  const onAnswer = (answer: CompletionAnswer, asked: number, prefix: string): void => {
    if (answer.kind !== 'suggestion') return;
    const whole = answers.get(answer.id) ?? '';
    if (asked !== version || !whole.startsWith(prefix + answer.text)) {
      stale += 1;
      return;
    }
    shown += 1;
    visible = { text: answer.text, at: clock.now, version: asked };
  };
  const ask = (): void => {
    cancel.abort();
    cancel = new AbortController();
    const asked = version;
    const prefix = typed;
    const { signal } = cancel;
    open += 1;
    void engine
      .complete({ uri: 'file:///a.ts', languageId: 'typescript', version, prefix, suffix, invoked: false }, signal)
      .then((answer) => {
        open -= 1;
        // The editor drops what it has cancelled; the engine must have said so itself.
        if (signal.aborted && answer.kind === 'suggestion') stale += 1;
        else onAnswer(answer, asked, prefix);
      });
  };

  const person = (async () => {
    while (typed.length < source.length) {
      const character = source.charAt(typed.length);
      const pause = pauseBefore(character, typed.at(-1) ?? '', random);
      typingMs += pause;
      await clock.sleep(pause);
      const offer = visible;
      visible = undefined;
      // A person needs a moment to read; what is right and saves some typing is taken.
      const worthIt = offer && offer.version === version && clock.now - offer.at >= 100 && offer.text.length >= 4;
      version += 1;
      keystrokes += 1;
      if (worthIt && source.startsWith(offer.text, typed.length)) {
        typed += offer.text;
        accepted += 1;
        charactersAccepted += offer.text.length;
      } else typed += character;
      ask();
    }
  })();
  let finished = false;
  void person.then(() => {
    finished = true;
  });
  while ((await clock.step()) || !finished);
  engine.dispose();
  await new Promise<void>((settle) => setImmediate(settle));
  return {
    keystrokes,
    wordsPerMinute: Math.round(keystrokes / 5 / (typingMs / 60_000)),
    requests,
    requestsPerKeystroke: Number((requests / keystrokes).toFixed(3)),
    aborted,
    shown,
    accepted,
    charactersAccepted,
    stale,
    unsettled: open,
    blocks,
  };
}
