/**
 * What our transport threw, on its way through an SDK. The SDKs look for words such as "timeout" in the message and the
 * cause of what is thrown, and then replace it; so this has no telling message and no cause.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super('The request could not be carried out.');
    this.thrown = thrown;
  }
}
