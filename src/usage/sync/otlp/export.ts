import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod';
import { askedPause } from '../backOff.ts';
import { boundedText, type Carrier, type Delivery, failureWords } from '../deliver.ts';
import { endpointOf } from '../membership.ts';

const compress = promisify(gzip);
const PATH = '/v1/metrics';

const answerShape = z.object({
  partialSuccess: z.object({ rejectedDataPoints: z.union([z.string(), z.number()]).optional() }).optional(),
});

/**
 * The address that a collector takes metrics at. @param setting with or without `/v1/metrics`
 * @throws {MembershipError} where it could be read on the way, or is no address
 */
export function metricsAddress(setting: string): string {
  const endpoint = endpointOf(setting);
  return endpoint.endsWith(PATH) ? endpoint : `${endpoint}${PATH}`;
}

/**
 * Sends metrics to a collector. Never throws. A collector cannot tell a request that comes again from another one: where a
 * connection breaks before its answer has come, what was in it may be counted twice.
 */
export async function exportMetrics(
  { fetch, now, deadlineMs }: Carrier,
  address: string,
  body: string,
  signal: AbortSignal,
): Promise<Delivery> {
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', accept: 'application/json' },
      body: await compress(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    const text = await boundedText(response);
    if (response.ok) return { kind: 'delivered', refused: [], leftOut: leftOutOf(text) };
    const pauseMs = askedPause(response.headers.get('retry-after'), now());
    const reason = `the collector answered with ${response.status}.`;
    if (response.status === 413) return { kind: 'indigestible', code: 'too-large', reason, pauseMs };
    if (response.status === 400 || response.status === 422)
      return { kind: 'indigestible', code: 'invalid', reason, pauseMs };
    return { kind: 'later', reason, pauseMs };
  } catch (error) {
    return { kind: 'later', reason: `of the collector: ${failureWords(error, signal)}` };
  }
}

/** How many points a collector has left out: which they were it does not say, and they do not come again. */
function leftOutOf(text: string | undefined): number {
  const answer = answerShape.safeParse(jsonOf(text ?? ''));
  const count = Number(answer.success ? (answer.data.partialSuccess?.rejectedDataPoints ?? 0) : 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an empty answer is a good one
  }
}
