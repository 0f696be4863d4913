import { findModel } from '../../models/catalogue.ts';
import { genaiPrices } from '../../models/genaiPrices.ts';
import { createMemo } from '../../policy/analysis/memo.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { LayeredPolicy } from '../../policy/layers.ts';
import { parsePolicy } from '../../policy/parse.ts';
import type { Policy } from '../../policy/schema.ts';
import { remoteFacts } from '../../providers/remoteFacts.ts';
import { tabulate } from '../../providers/table.ts';
import { readChain } from '../../router/policies/chain.ts';
import { layeredOf, stackOf } from '../../router/policies/compose.ts';
import { KeptCopies } from '../../router/policies/copies.ts';
import { decodePolicy } from '../../router/policies/decode.ts';
import type { Ground } from '../../router/policies/ground.ts';
import { watchNothing } from '../../router/policies/readSource.ts';
import { RemotePolicies } from '../../router/policies/remotePolicies.ts';
import { type ReasoningGround, reasoningSteps } from '../../router/policyReasoning.ts';
import { priceNow, type World } from '../../router/world.ts';
import { runPolicyTests } from '../../routing/policyTests.ts';
import type { ProviderFacts } from '../../routing/state.ts';
import { limits } from '../../workspace/limits.ts';

/** Why a text is not handed out. Lines and columns begin at 1. */
export interface PolicyProblem {
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

export type Judgement =
  | { readonly kind: 'sound'; readonly policy: LayeredPolicy; readonly passed: number }
  | { readonly kind: 'refused'; readonly problems: readonly PolicyProblem[] };

/** How long presets are read; they lie beside the program. */
const READ_MS = 5_000;
const MOST_PROBLEMS = 50;

/**
 * Judges a policy's text as `check` and `test` do: it has no error, all that it extends is there, and its own tests pass. What
 * other machines have set up is not known here and not held against it.
 *
 * @param now milliseconds since the epoch
 */
export async function judgePolicy(bytes: Uint8Array, now: number): Promise<Judgement> {
  const text = bytes.byteLength > limits.policyBytes ? undefined : decodePolicy(bytes);
  if (text === undefined) return refused([{ message: `A policy is UTF-8, of at most ${limits.policyBytes} bytes.` }]);
  const first = parsePolicy(text, { unread: true });
  if (first.policy === undefined) return refused(errorsOf(first.diagnostics));
  const elsewhere = extendsElsewhere(first.policy);
  if (elsewhere !== undefined) return refused([{ message: elsewhere }]);
  const { policy, problems } = await withPresets(text, now);
  if (policy === undefined) return refused(problems);
  // Of what it extends, the names are known only now.
  const { document, diagnostics } = parsePolicy(text, { outer: policy.layers.slice(0, -1) });
  const ground = await groundOf(policy, now);
  const memo = createMemo();
  const reasoned = reasoningSteps.flatMap((step) => step({ document, layers: policy }, ground, memo));
  const errors = errorsOf([...diagnostics, ...reasoned]);
  const tests = runPolicyTests(policy, { ...ground, provider: ground.testedProvider });
  const failing = tests.filter(({ passed }) => !passed);
  if (errors.length > 0) return refused(errors);
  if (failing.length > 0) return refused(failing.map(({ name }) => ({ message: `Its test "${name}" fails.` })));
  return { kind: 'sound', policy, passed: tests.length };
}

/** A text that was judged before, put together again, for what is told of it. undefined: this version reads it otherwise. */
export async function readPublished(bytes: Uint8Array, now: number): Promise<LayeredPolicy | undefined> {
  const text = decodePolicy(bytes);
  return text === undefined ? undefined : (await withPresets(text, now)).policy;
}

/** Routers read it without whoever has written it: what it extends must be there for all of them, and the same. */
function extendsElsewhere({ extends: sources = [] }: Policy): string | undefined {
  for (const source of [sources].flat()) {
    const written = typeof source === 'string' ? source : source.source;
    if (!written.startsWith('preset:')) {
      return `It extends ${JSON.stringify(written)}: a policy that is handed out extends presets alone. Put the text of both together.`;
    }
  }
  return undefined;
}

async function withPresets(
  text: string,
  now: number,
): Promise<{ readonly policy: LayeredPolicy | undefined; readonly problems: readonly PolicyProblem[] }> {
  const copies = new KeptCopies(undefined);
  const remote = new RemotePolicies({ fetch: undefined, copies, now: () => now });
  try {
    const { layers, issues } = await readChain(
      { text, path: 'policy', ground: nowhere, origin: 'repository', name: '', prefers: true },
      {
        remote,
        copies,
        now: () => now,
        contact: 'untrusted',
        signal: undefined,
        networkSignal: AbortSignal.timeout(READ_MS),
        home: { home: '/home', root: '/' },
        watched: watchNothing(),
        compiled: new Map(),
      },
      { outermost: [], beside: [] },
    );
    const isWhole = layers.length > 0 && issues.length === 0;
    const problems = issues.map(({ message }) => ({ message }));
    return {
      policy: isWhole ? layeredOf(stackOf({ managed: [], working: layers, committed: undefined })) : undefined,
      problems: problems.length > 0 ? problems : [{ message: 'It could not be read.' }],
    };
  } finally {
    await remote.dispose();
  }
}

/** A text from the network lies among no files. */
const nowhere: Ground = {
  id: 'nowhere',
  root: '/',
  words: '',
  watched: () => undefined,
  read: async () => ({ kind: 'mistake', message: 'A policy that is handed out lies among no files.' }),
};

async function groundOf(policy: LayeredPolicy, now: number): Promise<ReasoningGround> {
  const { rows } = tabulate({});
  const facts = new Map(
    [...rows].flatMap(([id, row]): (readonly [string, ProviderFacts])[] => {
      if (row.wire === 'editor' || row.wire === 'workspace-copy') return [];
      const serves = { chat: row.wire !== 'fim', completion: true };
      const { unusableReason: _, ...known } = remoteFacts(row, { kind: 'none-needed' }, serves);
      return [[id, { ...known, usable: true }]];
    }),
  );
  const world: World = {
    now: () => now,
    provider: () => undefined,
    setting: (id) => rows.get(id)?.setting,
    unhealthy: () => undefined,
    priceTable: genaiPrices(),
    calibration: [],
    trusted: true,
    defaultTarget: undefined,
  };
  return {
    now,
    attestations: [],
    model: (_provider, model) => findModel(model),
    // Whoever it is for may have set up others.
    knowsProvider: () => true,
    providers: [...rows.keys()],
    provider: (id) => facts.get(id),
    testedProvider: (id) => facts.get(id),
    price: (provider, model) => priceNow(world, policy, provider, model),
  };
}

function errorsOf(diagnostics: readonly Diagnostic[]): readonly PolicyProblem[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ range, message }) => ({ line: range.line, column: range.column, message }));
}

function refused(problems: readonly PolicyProblem[]): Judgement {
  return { kind: 'refused', problems: problems.slice(0, MOST_PROBLEMS) };
}
