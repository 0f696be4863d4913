import { setImmediate as turn } from 'node:timers/promises';
import { type Connection, type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import { createMemo, type Memo } from '../../policy/analysis/memo.ts';
import type { Diagnostic as PolicyDiagnostic, Severity } from '../../policy/diagnostic.ts';
import { mostSevere } from '../../policy/finding.ts';
import { toRange } from '../positions.ts';
import { steps } from './analysis.ts';
import type { OpenPolicies } from './openPolicies.ts';

/** What diagnostics of policies are signed with. */
export const source = 'Routing Policy';

/** The shortest and the longest pause in typing before a policy is checked again, in milliseconds. */
const pauses = { least: 15, most: 200 };

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** A mend that can be offered beside a diagnostic; it travels in the diagnostic's `data`. */
export interface Mend {
  readonly title: string;
  readonly replacement: string;
}

interface Pending {
  readonly timer: NodeJS.Timeout;
}

/**
 * Diagnostics of policy files as they are typed. A text that changes while it is looked at is given up between two steps,
 * and only what is true of the newest text is told. The slower a file is to look at, the longer the pause that is waited for.
 */
export class Diagnoser {
  readonly #connection: Connection;
  readonly #policies: OpenPolicies;
  readonly #pending = new Map<string, Pending>();
  readonly #memos = new Map<string, Memo>();
  readonly #took = new Map<string, number>();

  constructor(connection: Connection, policies: OpenPolicies) {
    this.#connection = connection;
    this.#policies = policies;
  }

  soon(uri: string): void {
    clearTimeout(this.#pending.get(uri)?.timer);
    const pause = Math.min(Math.max((this.#took.get(uri) ?? 0) / 2, pauses.least), pauses.most);
    const timer = setTimeout(() => {
      this.#pending.delete(uri);
      this.#diagnose(uri).catch((error: unknown) =>
        this.#connection.console.error(`${uri} could not be checked: ${String(error)}`),
      );
    }, pause);
    this.#pending.set(uri, { timer });
  }

  /** Takes back what was said of a file that is closed. */
  close(uri: string): void {
    clearTimeout(this.#pending.get(uri)?.timer);
    this.#pending.delete(uri);
    this.#memos.delete(uri);
    this.#took.delete(uri);
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  dispose(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }

  async #diagnose(uri: string): Promise<void> {
    const look = await this.#policies.look(uri);
    if (look === undefined) return;
    const { version, reading, surroundings } = look;
    const found: PolicyDiagnostic[] = [...reading.diagnostics];
    const memo = this.#memos.get(uri) ?? createMemo();
    this.#memos.set(uri, memo);
    let busy = 0;
    const { sound } = reading;
    for (const step of sound === undefined ? [] : steps) {
      if (sound === undefined) break;
      await turn();
      if (this.#isOld(uri, version)) return;
      const began = performance.now();
      found.push(...step({ ...reading, sound }, surroundings, memo));
      busy += performance.now() - began;
    }
    this.#took.set(uri, busy);
    await turn();
    if (this.#isOld(uri, version)) return;
    const diagnostics = mostSevere(found)
      .toSorted((a, b) => a.range.start - b.range.start)
      .map(toProtocol);
    await this.#connection.sendDiagnostics({ uri, version, diagnostics });
  }

  /** Whether the text has changed, or is about to be looked at again. */
  #isOld(uri: string, version: number): boolean {
    return this.#policies.version(uri) !== version;
  }
}

function toProtocol({ code, severity, message, range, fix }: PolicyDiagnostic): Diagnostic {
  return {
    range: toRange(range),
    severity: severities[severity],
    code,
    source,
    message,
    ...(fix ? { data: fix satisfies Mend } : {}),
  };
}
