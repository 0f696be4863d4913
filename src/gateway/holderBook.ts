import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** One time that a process of this user holds a port. */
export interface Hold {
  readonly port: number;
  /** New each time, and nobody else can read it. */
  readonly nonce: string;
}

/**
 * Where the holder of a port is written down: in the state folder, which is this user's alone. A home folder that several
 * machines share has a line for each of them, so that none is taken for the other.
 */
export class HolderBook {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = stateFolder;
  }

  /** Writes down that this process holds the port from now on. @throws when it cannot be written */
  write(port: number): Hold {
    const nonce = randomBytes(16).toString('hex');
    const file = this.#file(port);
    const draft = `${file}.${process.pid}.${nonce}`;
    writeFileSync(draft, nonce, { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
    return { port, nonce };
  }

  /** undefined: nobody is known to hold it. */
  read(port: number): Hold | undefined {
    try {
      const nonce = readFileSync(this.#file(port), 'utf8');
      return nonce === '' ? undefined : { port, nonce };
    } catch {
      return undefined; // nobody wrote, or it cannot be read: then nobody is trusted
    }
  }

  /** For the one that holds it still: the next one writes anew. */
  erase(port: number): void {
    rmSync(this.#file(port), { force: true });
  }

  #file(port: number): string {
    const machine = hostname()
      .replace(/[^\w.-]/g, '_')
      .slice(0, 100);
    return join(this.#folder, `gateway-holder-${machine}-${port}`);
  }
}
