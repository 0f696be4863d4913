import { startCall } from './call.ts';
import type { CompletionRequest, Provider } from './provider.ts';
import type { ProviderRow } from './table.ts';

/** The embedded completer, which copies from this workspace. Injected: it lives in `workspace-copy/`, and has an index. */
export interface WorkspaceCompleter {
  /** undefined when it has nothing to say. `confidence` is 0..1. */
  complete(
    request: Pick<CompletionRequest, 'prefix' | 'suffix' | 'path' | 'root' | 'multiline' | 'maxOutputTokens'>,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly confidence: number; readonly tokens: number } | undefined>;
}

/** The one model that it serves: `local/workspace-copy`. */
export const workspaceCopyModel = 'workspace-copy';

/** Completions that cost nothing and leave this process for nowhere. */
export function createWorkspaceCopyProvider(row: ProviderRow, completer: WorkspaceCompleter | undefined): Provider {
  return {
    id: row.id,
    facts: () => ({
      id: row.id,
      usable: completer !== undefined,
      ...(completer === undefined && { unusableReason: 'No folder is open that could be copied from.' }),
      local: true,
      ...(row.setting.residency !== undefined && { residency: row.setting.residency }),
      ...(row.setting.retention !== undefined && { retention: row.setting.retention }),
      serves: { chat: false, completion: true },
    }),
    models: async () => [workspaceCopyModel],
    complete: async (request, options) => {
      const call = startCall({ id: row.id, host: 'this machine', withoutKey: (text) => text }, options, () => ({
        kind: 'server',
        message: 'The completer failed.',
      }));
      try {
        const found = await call.waitFor(completer?.complete(request, call.signal) ?? Promise.resolve(undefined));
        return {
          text: found?.text ?? '',
          // It reads the whole index and bills nothing: there is no input to count.
          usage: {
            inputTokens: 0,
            cacheReadTokens: 0,
            cacheWriteTokens: 0,
            outputTokens: found?.tokens ?? 0,
            estimated: false,
          },
          servedModel: workspaceCopyModel,
          ...(found !== undefined && { confidence: found.confidence }),
        };
      } catch (error) {
        throw call.failure(error);
      } finally {
        call.end();
      }
    },
  };
}
