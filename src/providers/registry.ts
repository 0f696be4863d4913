import { type BuiltProvider, buildProvider, type ProviderPorts } from './build.ts';
import type { KeyState } from './key.ts';
import type { Provider } from './provider.ts';
import { type ProviderRow, type SettingProblem, tabulate } from './table.ts';

/** A provider as it is shown to people. */
export interface ProviderDescription {
  readonly row: ProviderRow;
  readonly key: KeyState;
}

/** All providers, configured and well known. */
export interface ProviderRegistry {
  /** undefined: there is none of that name. */
  get(id: string): Provider | undefined;
  /** What the user configured first, then what is well known. */
  list(): readonly Provider[];
  describe(id: string): ProviderDescription | undefined;
  /** Settings that were left out, and why. */
  problems(): readonly SettingProblem[];
  /** Settles when the editor has been asked for keys and models once. Until then such providers are not usable. */
  ready(): Promise<void>;
  /** Looks again for keys and for the editor's models: of one provider, or of all. Never throws. */
  refresh(id?: string): Promise<void>;
  /** From now on. Providers whose setting is the same are kept, with their connections. */
  reconfigure(setting: unknown): void;
  dispose(): void;
}

/** `setting` is `routingPolicy.providers` or the providers file as written: what does not fit is left out, visibly. */
export function createProviders(setting: unknown, ports: ProviderPorts): ProviderRegistry {
  let built = new Map<string, BuiltProvider>();
  let problems: readonly SettingProblem[] = [];
  let looking: Promise<void> = Promise.resolve();

  async function look(some: Iterable<BuiltProvider>): Promise<void> {
    await Promise.all([...some].map(({ refresh }) => refresh()));
  }

  function configure(next: unknown): void {
    const table = tabulate(next);
    const before = built;
    const added: BuiltProvider[] = [];
    built = new Map(
      [...table.rows].map(([id, row]) => {
        const same = before.get(id);
        if (same !== undefined && JSON.stringify(same.row) === JSON.stringify(row)) return [id, same];
        const made = buildProvider(row, ports);
        added.push(made);
        return [id, made];
      }),
    );
    for (const [id, old] of before) if (built.get(id) !== old) old.provider.dispose?.();
    problems = table.problems;
    looking = look(added);
  }

  configure(setting);
  return {
    get: (id) => built.get(id)?.provider,
    list: () => [...built.values()].map(({ provider }) => provider),
    describe: (id) => {
      const found = built.get(id);
      return found && { row: found.row, key: found.keyState() };
    },
    problems: () => problems,
    ready: () => looking,
    refresh: (id) => look(id === undefined ? built.values() : [built.get(id)].filter((one) => one !== undefined)),
    reconfigure: configure,
    dispose: () => {
      for (const { provider } of built.values()) provider.dispose?.();
      built = new Map();
    },
  };
}
