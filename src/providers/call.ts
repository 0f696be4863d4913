import { type Fault, faultKindOfStatus, faultMessage, StreamFault } from '../chat/fault.ts';
import { fieldsOf } from '../chat/untrusted.ts';
import type { Endpoint } from './endpoint.ts';
import { type FailureKind, ProviderFailure, type RefusedAnswer } from './failure.ts';
import { clientHeaders } from './forwardHeaders.ts';
import { HttpRefusal, retryAfterMs } from './httpRefusal.ts';
import { RedirectRefused } from './network.ts';
import type { CallOptions } from './provider.ts';
import { TransportError } from './transportError.ts';

/** One call under way: its deadline, its cancellation, and what went wrong with it, if anything did. */
export interface Call {
  /** Aborts when the caller cancels, when the deadline passes and when the call ends before its answer does. */
  readonly signal: AbortSignal;
  /**
   * Waits for the provider, no longer than the deadline: `limitMs`, else the one for what the answer has come to. Time that
   * our own reader takes is not counted.
   */
  waitFor<Result>(work: Promise<Result>, limitMs?: number): Promise<Result>;
  /** The answer has begun: from now on a connection that breaks is an answer that was cut. */
  answerBegan(): void;
  /** A deadline of so many milliseconds has passed, by a clock of the caller's: what goes on is given up. */
  expire(limitMs: number): void;
  /** What was thrown, as the failure that it is. */
  failure(thrown: unknown): ProviderFailure;
  /** Releases everything; a connection that is still busy is closed. */
  end(): void;
  /** The same where the answer was read to its end: there is nothing left to close, so nobody is told. */
  complete(): void;
}

/** One for all: the platform's own reason, made anew for each call, takes as long as a tenth of the whole exchange. */
const over = new Error('The call is over.');

/** Reads the error envelope of the dialect that is spoken. */
export type ErrorReader = (status: number | undefined, body: unknown) => Fault;

export function startCall(
  { id, host, withoutKey }: Pick<Endpoint, 'id' | 'host' | 'withoutKey'>,
  { signal: caller, deadlineMs, patience }: CallOptions,
  readError: ErrorReader,
): Call {
  const own = new AbortController();
  let late: number | undefined;
  let answering = false;
  const cancel = (): void => own.abort(caller.reason);
  if (caller.aborted) cancel();
  else caller.addEventListener('abort', cancel, { once: true });
  const where = `"${id}" (${host})`;

  function expire(limitMs: number): void {
    late = limitMs;
    own.abort();
  }

  function fail(kind: FailureKind, message: string, more: ConstructorParameters<typeof ProviderFailure>[3] = {}) {
    return new ProviderFailure(kind, id, withoutKey(message), more);
  }

  return {
    signal: own.signal,
    waitFor: (work, limitMs = answering ? (patience?.silenceMs ?? deadlineMs) : deadlineMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(expire, limitMs, limitMs);
        const release = (): void => {
          clearTimeout(timer);
          own.signal.removeEventListener('abort', abandon);
        };
        // Heard here too, because not everything that is waited for listens to the signal.
        const abandon = (): void => {
          release();
          reject(own.signal.reason);
        };
        if (own.signal.aborted) abandon();
        else own.signal.addEventListener('abort', abandon, { once: true });
        // Also what is over already: its failure, unheard, would end the process.
        work.then(
          (result) => {
            release();
            resolve(result);
          },
          (error: unknown) => {
            release();
            reject(error);
          },
        );
      }),
    answerBegan: () => {
      answering = true;
    },
    expire,
    failure: (thrown) => {
      if (caller.aborted) return fail('cancelled', `The request to ${where} was cancelled.`);
      if (late !== undefined) return fail('timeout', `${where} sent nothing for ${inSeconds(late)}.`);
      const cause = innermost(thrown);
      if (cause instanceof ProviderFailure) return cause;
      if (cause instanceof HttpRefusal) {
        const { kind: told, message, retryAfterMs: toldToWait } = readError(cause.status, cause.body);
        // "A server error" is the word that servers use when they have none: the status is more telling then.
        const kind = told === 'server' ? faultKindOfStatus(cause.status) : told;
        const said = message.includes(String(cause.status)) ? message : `${cause.status}: ${message}`;
        return fail(kind, `${where} refused the request: ${said}`, {
          status: cause.status,
          retryAfterMs: retryAfterMs(cause.headers, Date.now()) ?? toldToWait,
          refusal: refusedAnswer(cause),
        });
      }
      if (cause instanceof StreamFault) return fail(cause.kind, `${where}: ${cause.message}`);
      if (cause instanceof RedirectRefused) {
        return fail(
          'network',
          `${where} redirected to ${cause.host}, which is not followed. If that is right, set it as the provider's "baseUrl".`,
        );
      }
      const failure = unreachable(id, where, cause);
      if (!answering || failure.kind !== 'network') return failure;
      return fail('cut', `${where} broke the connection before the answer was complete.`);
    },
    end: () => {
      caller.removeEventListener('abort', cancel);
      own.abort(over);
    },
    complete: () => caller.removeEventListener('abort', cancel),
  };
}

/** What a client of the same dialect may be told as it is. The key is blotted out of it already. */
function refusedAnswer({ status, headers, body }: HttpRefusal): RefusedAnswer {
  const contentType = headers.get('content-type') ?? 'text/plain; charset=utf-8';
  return { status, contentType, headers: clientHeaders(headers), body };
}

/** SDKs and fetch wrap what their transport threw; the first of ours in the chain, else the last one, tells why. */
function innermost(thrown: unknown): unknown {
  let cause = thrown;
  for (let depth = 0; depth < 8; depth += 1) {
    if (cause instanceof TransportError) cause = cause.thrown;
    else if (ours.some((kind) => cause instanceof kind)) return cause;
    else if (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
    else return cause;
  }
  return cause;
}

const ours = [ProviderFailure, HttpRefusal, StreamFault, RedirectRefused];

const causes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name could not be resolved. Check the address and the network.',
  EAI_AGAIN: 'its name could not be resolved. Check the network.',
  ECONNRESET: 'it closed the connection.',
  UND_ERR_SOCKET: 'it closed the connection.',
  EPIPE: 'it closed the connection.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'it sent another length than it had said.',
  UND_ERR_CONNECT_TIMEOUT: 'it did not accept a connection in time.',
  ETIMEDOUT: 'it did not accept a connection in time.',
  CERT_HAS_EXPIRED: 'its certificate has expired.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name.',
};
const untrusted =
  'its certificate is signed by an authority that is not trusted here. Add it to the machine, or to NODE_EXTRA_CA_CERTS.';

function unreachable(id: string, where: string, cause: unknown): ProviderFailure {
  const code = fieldOf(cause, 'code');
  const refusedBy = /^Proxy response \((\d+)\)/.exec(cause instanceof Error ? cause.message : '')?.[1];
  if (refusedBy !== undefined) {
    const why = refusedBy === '407' ? 'wants a credential: see "http.proxyAuthorization"' : `answered ${refusedBy}`;
    return new ProviderFailure('network', id, `${where} could not be reached: the proxy ${why}.`);
  }
  if (code === 'ECONNREFUSED') {
    // With a proxy it may be the proxy that is missing: say which address it was.
    const at = `${fieldOf(cause, 'address') ?? 'its address'}:${fieldOf(cause, 'port') ?? '?'}`;
    return new ProviderFailure(
      'network',
      id,
      `${where} could not be reached: nothing listens at ${at}. Is it running?`,
    );
  }
  if (code !== undefined) {
    const why = causes[code] ?? (/CERT|SIGNED|ISSUER/.test(code) ? untrusted : `the connection failed (${code}).`);
    return new ProviderFailure('network', id, `${where} could not be reached: ${why}`);
  }
  const said = faultMessage(cause instanceof Error ? cause.message : undefined, 'no reason was given');
  if (/^fetch failed|proxy|terminated|socket|network|bad port/i.test(said)) {
    return new ProviderFailure('network', id, `${where} could not be reached: ${said}`);
  }
  // Not the network's doing: something here is wrong, and whoever looks into it needs to see what.
  return new ProviderFailure('malformed', id, `The exchange with ${where} failed: ${said}`, { cause });
}

function fieldOf(error: unknown, field: 'code' | 'address' | 'port'): string | undefined {
  const value = fieldsOf(error)[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** For people. */
export function inSeconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
