// A router in this process, over a real repository, a real ledger and simulated providers, for tests beneath its doors.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { createRepository, type Repository } from '../../test/host/repository.ts';
import { policyFile, userMessage } from '../../test/host/routerStage.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../../test/simulated/main.ts';
import type { ChatParams } from '../contract/messages.ts';
import { createNetwork } from '../providers/network.ts';
import { createProviders } from '../providers/registry.ts';
import type { Ledger } from '../usage/ledger.ts';
import { openLedger } from '../usage/ledgerFile.ts';
import type { AskPerson } from './permissions.ts';
import { Policies } from './policies/policies.ts';
import { Router } from './router.ts';
import { Workspaces } from './workspaces.ts';

export interface RouterHere {
  readonly router: Router;
  readonly repository: Repository;
  readonly simulated: SimulatedProviders;
  /** The router's own. */
  readonly ledger: Ledger;
  /** The same file, as another process has it open. */
  readonly others: Ledger;
  policy(policy: object): Promise<void>;
  params(text: string, more?: Partial<ChatParams>): ChatParams;
}

/** Gone with its test. */
export async function routerHere(
  policy: object,
  { askPerson, files = {} }: { readonly askPerson?: AskPerson; readonly files?: Readonly<Record<string, string>> } = {},
): Promise<RouterHere> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'router-here-')));
  const [simulated, repository] = await Promise.all([
    startSimulatedProviders(),
    createRepository({ files: { [policyFile]: JSON.stringify(policy), ...files } }),
  ]);
  const [ledger, others] = [await ledgerIn(folder), await ledgerIn(folder)];
  const network = createNetwork({}, {});
  const providers = createProviders(simulated.providers, { network, env: {} });
  const workspaces = new Workspaces({ opened: () => undefined });
  const policies = new Policies({ managedFolders: [] });
  const roots = [pathToFileURL(repository.folder).href];
  await workspaces.setRoots(roots);
  const router = new Router({
    providers,
    stores: { folder, ledger, decisions: undefined, key: Buffer.alloc(32, 7), calibration: [], warning: undefined },
    workspaces,
    policies,
    settings: {
      trusted: true,
      completions: { enabled: true, maximumDelayMs: 100, timeoutMs: 30_000 },
      chat: { timeoutMs: 60_000 },
    },
    buffers: async () => [],
    askPerson,
    log: () => undefined,
  });
  onTestFinished(async () => {
    await router.dispose();
    await policies.dispose();
    workspaces.dispose();
    providers.dispose();
    await network.dispose();
    others.close();
    await simulated.stop();
    await repository.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    router,
    repository,
    simulated,
    ledger,
    others,
    policy: (changed) => repository.write({ [policyFile]: JSON.stringify(changed) }),
    params: (text, more = {}) => ({
      id: text,
      conversation: { system: [], messages: [userMessage(text)], tools: [] },
      surface: 'chat',
      client: 'test',
      roots,
      requestedModel: 'auto',
      ...more,
    }),
  };
}

async function ledgerIn(folder: string): Promise<Ledger> {
  const opened = await openLedger(folder, Date.now());
  if (opened.kind !== 'open') throw new Error(opened.reason);
  return opened.ledger;
}
