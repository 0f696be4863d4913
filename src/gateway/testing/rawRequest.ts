import { connect } from 'node:net';
import { OwnClock } from '../../../test/host/ownClock.ts';

/** What a server says to these very bytes, until it closes or is silent for a while. */
export function rawRequest(port: number, text: string, silenceMs = 400): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let heardAt = 0;
    // Who answers is in this process too: what it was not given is no silence.
    const clock = new OwnClock((had) => {
      if (had - heardAt > silenceMs) socket.destroy();
    });
    socket.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
      heardAt = clock.had;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      clock.stop();
      resolve(said);
    });
  });
}
