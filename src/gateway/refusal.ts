import type { FaultKind } from '../chat/fault.ts';

/** A request that the gateway itself does not serve. `message` is for the person behind the client. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';
  /** `policy`: the status at which the dialect’s clients show a refusal instead of trying again. */
  readonly status: number | 'policy';
  readonly kind: FaultKind;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number | 'policy',
    kind: FaultKind,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.kind = kind;
    this.headers = headers;
  }
}
