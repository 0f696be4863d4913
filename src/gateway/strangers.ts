import type { Socket } from 'node:net';

/**
 * Connections over which nobody has shown the token yet. Any user of the machine can open them, and there shall be room for
 * the next all the same: of too many the one goes that has had the most time to show it.
 */
export class Strangers {
  readonly #most: number;
  readonly #sockets = new Set<Socket>();

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const [oldest] = this.#sockets;
    if (this.#sockets.size > this.#most) oldest?.destroy();
  }

  /** Its client has shown the token. */
  admit(socket: Socket): void {
    this.#sockets.delete(socket);
  }
}
