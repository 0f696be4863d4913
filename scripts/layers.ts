// The house's floors, and what a source file may import and use for the floor it stands on (docs/architecture.md).
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { blankOut, importsOf } from './imports.ts';

/**
 * The floor of each room under src/. A half is a step within a floor: the dialects read usage in the words of models/,
 * the contract between the processes lies between the rooms that it names and the router that speaks it, the gateway
 * between the router and the processes that open it, and the team's server between the panel, whose parts it draws, and the
 * command line, which starts it.
 */
const FLOORS = {
  policy: 0,
  models: 0,
  chat: 0.5,
  routing: 1,
  workspace: 2,
  providers: 2,
  usage: 2,
  contract: 2.5,
  router: 3,
  gateway: 3.5,
  extension: 4,
  'language-server': 4,
  cli: 4,
  panel: 3.6,
  team: 3.8,
} as const satisfies Record<string, number>;

type Room = keyof typeof FLOORS;

/** Packages that the pure floors may use: each computes, and touches neither clock, file nor network. */
const PURE_PACKAGES = new Set(['zod', 'jsonc-parser', 'minimatch', 'tokenx', '@pydantic/genai-prices']);

/** Packages whose types alone the pure floors may know. */
const WIRE_TYPES = new Set(['openai', '@anthropic-ai/sdk']);

/** What the thin extension may take from below when it runs; of the rest it may only know types. */
const EXTENSION_MAY_RUN: ReadonlySet<string> = new Set<Room>([
  'contract',
  'chat',
  'models',
  'routing',
  'policy',
  'extension',
]);

/** What the panel's page may take from below: it runs in a browser, and for a page that a server draws as well. */
const PANEL_MAY_RUN: ReadonlySet<string> = new Set<Room>(['contract', 'routing', 'models', 'policy', 'panel']);

/** Packages that run in a browser. */
const PANEL_PACKAGES = new Set(['preact', 'preact/hooks']);

const IMPURE: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Date.now', /\bDate\s*\.\s*now\b/],
  ['new Date() without an argument', /\bnew\s+Date\s*(?:\(\s*\)|(?!\s*[(.\w]))/],
  ['Date() as a function', /(?<!new\s+)(?<![.\w])Date\s*\(/],
  ['performance.now', /\bperformance\s*\.\s*now\b/],
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ['crypto.randomUUID', /\brandomUUID\b/],
  ['crypto.getRandomValues', /\bgetRandomValues\b/],
  ['a timer', /(?<![.\w])(?:globalThis\s*\.\s*)?(?:setTimeout|setInterval|setImmediate)\b/],
  ['fetch', /(?<![.\w])(?:globalThis\s*\.\s*)?fetch\s*\(/],
  ['process', /(?<![.\w])(?:globalThis\s*\.\s*)?process\s*\./],
];

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/**
 * What a source file does that its floor forbids.
 * @param file path from the repository's root, e.g. `src/policy/compile.ts`
 * @param source its text
 */
export function violationsOf(file: string, source: string): readonly Violation[] {
  const room = roomOf(file);
  if (room === undefined) return [{ file, line: 1, message: 'stands in no room of the house; name its floor' }];
  const isTest = /\.(test|fixture)\.ts$|\/testing\//.test(file);
  const isPure = FLOORS[room] <= 1 && !isTest;
  const found: Violation[] = [];
  for (const { specifier, isTypeOnly, line } of importsOf(source)) {
    const message = specifier.startsWith('.')
      ? forbiddenDirection(file, room, specifier, isTypeOnly, isTest)
      : isPure
        ? forbiddenPackage(specifier, isTypeOnly)
        : room === 'panel' && !isTest && !PANEL_PACKAGES.has(specifier)
          ? `the panel runs in a browser: it does not import ${specifier}`
          : undefined;
    if (message !== undefined) found.push({ file, line, message });
  }
  return isPure ? [...found, ...impurities(file, source)] : found;
}

function roomOf(file: string): Room | undefined {
  const [top, room] = file.split('/');
  return top === 'src' && room !== undefined && isRoom(room) ? room : undefined;
}

function isRoom(name: string): name is Room {
  return Object.hasOwn(FLOORS, name);
}

function forbiddenDirection(
  file: string,
  from: Room,
  specifier: string,
  isTypeOnly: boolean,
  isTest: boolean,
): string | undefined {
  const target = posix.join(posix.dirname(file), specifier);
  // Tests may stand on what the project has for tests.
  if (!target.startsWith('src/')) return isTest ? undefined : `imports ${target}, which is outside src/`;
  const to = roomOf(target);
  if (to === undefined) return `imports ${target}, which stands in no room of the house`;
  if (to === from) return undefined;
  // Rooms of the ground floor may know each other's shapes.
  if (isTypeOnly && FLOORS[from] < 1 && FLOORS[to] < 1) return undefined;
  if (FLOORS[to] > FLOORS[from]) return `${from} (floor ${FLOORS[from]}) imports up from ${to} (floor ${FLOORS[to]})`;
  if (FLOORS[to] === FLOORS[from]) {
    return `${from} imports ${to}, a room on the same floor`;
  }
  if (from === 'extension' && !isTypeOnly && !EXTENSION_MAY_RUN.has(to)) {
    return `the extension is thin: of ${to} it may import types only`;
  }
  if (from === 'panel' && !isTypeOnly && !isTest && !PANEL_MAY_RUN.has(to)) {
    return `the panel runs in a browser: of ${to} it may import types only`;
  }
  return undefined;
}

function forbiddenPackage(specifier: string, isTypeOnly: boolean): string | undefined {
  if (specifier === 'vscode') return 'floors 0 and 1 do not know the editor';
  if (specifier.startsWith('node:') || builtinModules.includes(specifier))
    return `floors 0 and 1 do not import ${specifier}`;
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
  // The shapes that a wire's own SDK declares keep our codecs honest, and are gone when the code runs.
  if (isTypeOnly && WIRE_TYPES.has(name)) return undefined;
  return PURE_PACKAGES.has(name) ? undefined : `floors 0 and 1 do not import the package ${name}`;
}

function impurities(file: string, source: string): readonly Violation[] {
  return blankOut(source)
    .split('\n')
    .flatMap((text, index) =>
      IMPURE.filter(([, pattern]) => pattern.test(text)).map(([name]) => ({
        file,
        line: index + 1,
        message: `floors 0 and 1 do not use ${name}; the caller gives it`,
      })),
    );
}
