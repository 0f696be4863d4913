import { connect } from 'node:net';

/** A connection to whoever holds the port that says nothing: when its process dies, the system closes it at once. */
export interface HolderWatch {
  /** Aborted when the connection has gone. It also goes when the holder does not care for silent ones. */
  readonly gone: AbortSignal;
  end(): void;
}

export function watchHolder(port: number): HolderWatch {
  const gone = new AbortController();
  const socket = connect({ host: '127.0.0.1', port });
  // Why it went does not matter: the next attempt to hold the port tells whether it is free.
  socket.on('error', () => gone.abort());
  socket.on('close', () => gone.abort());
  return { gone: gone.signal, end: () => socket.destroy() };
}
