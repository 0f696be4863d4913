import type { Measure } from './report.ts';

export interface Bench {
  readonly name: string;
  /** What the table's first column is about. */
  readonly title: string;
  /** Run when nobody names a benchmark. The others take minutes. */
  readonly isQuick: boolean;
  /** What has to be built before it can run. */
  readonly needs?: 'package';
  /** It is told how long to go on; otherwise it is ended after a quarter of an hour. */
  readonly takesLong?: true;
  /** Loaded on demand: what one benchmark loads must not slow another. */
  readonly load: () => Promise<{ readonly measure: Measure }>;
}

/** Every benchmark, in the order in which they run. */
export const BENCHES: readonly Bench[] = [
  { name: 'decide', title: 'One decision', isQuick: true, load: () => import('./decide.ts') },
  { name: 'policy-index', title: 'Globs that match a path', isQuick: true, load: () => import('./policy-index.ts') },
  { name: 'workspace', title: 'Facts about a repository', isQuick: true, load: () => import('./workspace.ts') },
  { name: 'lsp', title: 'A policy in an editor', isQuick: true, load: () => import('./lsp.ts') },
  { name: 'typing', title: 'Ghost text while typing', isQuick: true, load: () => import('./typing.ts') },
  { name: 'completer', title: 'The embedded completer', isQuick: true, load: () => import('./completer.ts') },
  { name: 'panel', title: 'The usage panel', isQuick: true, load: () => import('./panel.ts') },
  { name: 'classify', title: 'Work told by its files', isQuick: false, load: () => import('./classify.ts') },
  { name: 'usage', title: 'The usage report', isQuick: true, load: () => import('./usage.ts') },
  { name: 'sizes', title: 'What is installed', isQuick: true, needs: 'package', load: () => import('./sizes.ts') },
  { name: 'router', title: "The router's process", isQuick: true, needs: 'package', load: () => import('./router.ts') },
  {
    name: 'gateway',
    title: 'The gateway',
    isQuick: false,
    needs: 'package',
    load: () => import('./gateway.ts'),
  },
  {
    name: 'soak',
    title: 'The gateway for a long time',
    isQuick: false,
    needs: 'package',
    takesLong: true,
    load: () => import('./soak.ts'),
  },
  { name: 'team', title: 'The team’s server', isQuick: false, takesLong: true, load: () => import('./team.ts') },
  { name: 'cli', title: 'The command line', isQuick: true, needs: 'package', load: () => import('./cli.ts') },
  {
    name: 'activation',
    title: 'Start in a real VS Code',
    isQuick: false,
    needs: 'package',
    load: () => import('./activation.ts'),
  },
];
