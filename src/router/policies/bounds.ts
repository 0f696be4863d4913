const minute = 60_000;

/** Every bound on what policies may name and take, in one place: what `extends` names is untrusted. Times are in milliseconds. */
export const bounds = {
  /** Files on the way from a repository's own file to the outermost one that it names. */
  depth: 8,
  /** Sources that one file comes to, directly and through others. */
  sources: 32,
  /** Bytes of all their texts together. */
  bytesInAll: 20 * 1024 * 1024,
  /** For one file from the network with its signature. */
  fetchMs: 5_000,
  /** That one request waits for the network, whatever the number of sources. */
  waitMs: 10_000,
  /** After a source failed and there is no copy of it, before it is asked again. */
  retryMs: 30_000,
  refreshMs: 15 * minute,
  maxStaleMs: 24 * 60 * minute,
  /** A copy that claims to come from later than this ahead of now was changed, or the clock was. */
  clockSkewMs: 5 * minute,
  /** Bytes of a signature file. */
  signatureBytes: 4_096,
  /** Compiled layers that are remembered by their texts. */
  compiled: 128,
  /** Repositories of which it is remembered what is in force, and what is merged. */
  places: 200,
  /** Repositories of which the last sound reading is remembered. */
  lastGood: 2_000,
  /** Bytes of all that was read for either. */
  placesBytes: 64 * 1024 * 1024,
  /** Sources on the network that are remembered with a copy, and as many without; and the bytes of all their texts together. */
  remotes: 500,
  remoteBytes: 128 * 1024 * 1024,
  /** Signed ones of which it is remembered what was seen, though their texts are not. */
  floors: 10_000,
  /** Characters of the merged policies that are remembered. */
  mergedCharacters: 64 * 1024 * 1024,
} as const;
