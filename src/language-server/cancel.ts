import type { CancellationToken } from 'vscode-languageserver/node';

/** Runs one request under an abort signal that follows the protocol's token. */
export async function withSignal<Result>(
  token: CancellationToken,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const following = token.onCancellationRequested(() => controller.abort());
  if (token.isCancellationRequested) controller.abort();
  try {
    return await run(controller.signal);
  } finally {
    following.dispose();
  }
}
