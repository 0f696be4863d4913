// Real commits with a label, and what an agent had touched of one at some time: one file, half of them, all of them.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Facts } from '../../src/routing/facts.ts';

/** How much thought a commit asks for, the least first. */
export const TIERS = ['routine', 'intra', 'cross'] as const;
export type Tier = (typeof TIERS)[number];

/** How much of a commit has been touched when its request is classified. */
export const VIEWS = ['first', 'half', 'full'] as const;
export type View = (typeof VIEWS)[number];

/** Lines of a binary file are null; the workspace counts them as 0. */
const lines = z
  .number()
  .nullable()
  .transform((counted) => counted ?? 0);
const countedFile = z.object({ p: z.string(), a: lines, d: lines, from: z.string().optional() });
const labelledCommit = z.object({
  repo: z.string(),
  sha: z.string(),
  lang: z.string(),
  /** `natural` is as commits come; `balanced` has more of the rare kinds. */
  stratum: z.string(),
  subject: z.string(),
  files: z.array(countedFile),
  label: z.object({ tier: z.enum(TIERS) }),
});
export type LabelledCommit = z.infer<typeof labelledCommit>;
type CountedFile = z.infer<typeof countedFile>;

/**
 * Reads gzipped lines of JSON, one commit each.
 * @throws when the file is not there, or a line is no such commit
 */
export function readCommits(file: string): readonly LabelledCommit[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return lines.map((line, at) => {
    const read = labelledCommit.safeParse(JSON.parse(line));
    if (!read.success) throw new Error(`Line ${at + 1} of ${file} is no commit: ${z.prettifyError(read.error)}`);
    return read.data;
  });
}

/**
 * An agent's request in the middle of a commit, as the workspace would know it from paths and counts alone. A rename is
 * two paths, as in git without rename detection, and nobody knows how long the old file was. The type before the
 * subject's colon is cut off: the label was made from it.
 */
export function requestOf(commit: LabelledCommit, view: View): Facts {
  return {
    kind: 'agent',
    text: commit.subject.replace(/^[a-z]+(?:\([^)]*\))?!?:\s*/i, ''),
    files: touchedIn(commit, view).flatMap(({ p, a, d, from }) => [
      { path: p, added: a, deleted: d },
      ...(from === undefined ? [] : [{ path: from }]),
    ]),
  };
}

/** The files in an order that is random but the same each time, up to the share that the view has seen. */
function touchedIn({ files, sha }: LabelledCommit, view: View): readonly CountedFile[] {
  if (view === 'full') return files;
  const draw = draws(sha);
  const shuffled = files.map((file) => ({ file, place: draw() })).sort((one, other) => one.place - other.place);
  const seen = view === 'first' ? 1 : Math.max(1, Math.ceil(files.length / 2));
  return shuffled.slice(0, seen).map(({ file }) => file);
}

/** Numbers from 0 to 1: a linear congruential generator (Numerical Recipes' constants), seeded by FNV-1a of a text. */
function draws(seed: string): () => number {
  let state = 2_166_136_261;
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 16_777_619);
  state >>>= 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
