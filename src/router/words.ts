import type { ProviderFailure } from '../providers/failure.ts';
import { onOneLine } from '../routing/labels.ts';
import type { AttemptReport } from './dispatch.ts';

const SEE_LOG =
  'See the log, which the editor opens with "Routing Policy: Show Log" and the command line writes to standard error';

/** What a person can do about a failure: each kind has its own next step. */
function nextStep(failure: ProviderFailure): string {
  switch (failure.kind) {
    case 'authentication':
      return 'Check its key: in the editor with "Routing Policy: Add Provider Key", elsewhere in the variable that holds it.';
    case 'permission':
      return 'Its key may not use this model: ask whoever manages the account.';
    case 'quota':
      return 'Its account has no credit left: add some, or let the policy name another provider.';
    case 'rate-limit':
      return failure.retryAfterMs === undefined
        ? 'Wait a little and ask again.'
        : `Ask again in ${Math.max(1, Math.ceil(failure.retryAfterMs / 1000))} s.`;
    case 'overload':
    case 'server':
      return 'That is on its side: ask again in a moment.';
    case 'context-too-long':
      return 'Start a new conversation, or take attachments out.';
    case 'content-refused':
      return 'Put the request differently.';
    case 'not-found':
      return 'Check the model’s name in the policy, and the provider’s address in the settings.';
    case 'network':
      return 'Check the connection, the proxy settings and the provider’s address.';
    case 'timeout':
      return 'Ask again, or raise "routingPolicy.chat.timeoutSeconds" (on the command line: --timeout).';
    case 'cut':
      return 'What you see is incomplete: ask again.';
    case 'bad-request':
    case 'malformed':
      return `${SEE_LOG}.`;
    case 'cancelled':
      return '';
    default:
      return failure.kind satisfies never;
  }
}

/** What happened, who had been tried before, and what to do: for the person who asked. */
export function failureSentence(reports: readonly AttemptReport<unknown>[]): string {
  const failures = reports.flatMap((report) =>
    report.end.kind === 'failed' ? [{ report, failure: report.end.failure, committed: report.end.committed }] : [],
  );
  const last = failures.at(-1);
  if (!last) return 'Nothing was tried.';
  const before = failures.slice(0, -1).map(({ report, failure }) => `${report.target.target} (${kindWords(failure)})`);
  const cut = last.committed ? 'The answer was cut off. ' : '';
  const tried = before.length ? ` Tried before: ${before.join(', ')}.` : '';
  return onOneLine(
    `${cut}${last.report.target.target}: ${sentence(last.failure.message)} ${nextStep(last.failure)}${tried}`,
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A failure in two or three words, for lists. */
export function kindWords(failure: Pick<ProviderFailure, 'kind' | 'status'>): string {
  const words = failure.kind.replaceAll('-', ' ');
  return failure.status === undefined ? words : `${words}, ${failure.status}`;
}

/** Why a request could not even be decided; that is never a provider's doing. */
export function unpreparedSentence(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return onOneLine(
    `The request was not sent, because what it is about could not be found out: ${sentence(reason)} Ask again; if it stays so: ${SEE_LOG}.`,
  );
}
