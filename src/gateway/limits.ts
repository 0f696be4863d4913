/** What one client, or a hundred, may take of the gateway. */
export interface GatewayLimits {
  /** Of a body, as sent and as unpacked. */
  readonly bodyBytes: number;
  /** Until a body has arrived, in milliseconds. */
  readonly bodyMs: number;
  /** Until a request's headers have arrived, in milliseconds. */
  readonly headersMs: number;
  readonly headerBytes: number;
  /** How deep lists and objects of a body may stand in each other. */
  readonly depth: number;
  /** Requests at once. */
  readonly concurrent: number;
  /** Connections at once over which no token has come yet. More than a system keeps waiting to be taken up at once. */
  readonly strangers: number;
}

export const gatewayLimits: GatewayLimits = {
  bodyBytes: 32 * 1024 * 1024,
  bodyMs: 30_000,
  headersMs: 10_000,
  headerBytes: 64 * 1024,
  depth: 256,
  concurrent: 256,
  strangers: 768,
};
