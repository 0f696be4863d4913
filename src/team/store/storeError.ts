/** Why the database cannot be used: what happened, where, and what to do. Has neither a password nor a row in it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
