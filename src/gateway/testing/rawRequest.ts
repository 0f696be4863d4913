import { connect } from 'node:net';

/** What a server says to these very bytes, until it closes or is silent for a while. */
export function rawRequest(port: number, text: string, silenceMs = 400): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve(said));
  });
}
