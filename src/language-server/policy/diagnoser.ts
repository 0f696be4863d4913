import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { findNodeAtLocation } from 'jsonc-parser';
import { type Connection, type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import { createMemo, type Memo } from '../../policy/analysis/memo.ts';
import type { Diagnostic as PolicyDiagnostic, Severity } from '../../policy/diagnostic.ts';
import { rangeInDocument } from '../../policy/document.ts';
import { mostSevere } from '../../policy/finding.ts';
import { reasoningSteps } from '../../router/policyReasoning.ts';
import { toRange } from '../positions.ts';
import { groundOf } from './analysis.ts';
import type { Look, OpenPolicies } from './openPolicies.ts';

/** What diagnostics of policies are signed with. */
export const source = 'Routing Policy';

/** The shortest and the longest pause in typing before a policy is read again, in milliseconds. */
const pauses = { least: 15, most: 200 };
/** Where reasoning took longer than this the last time, what the text alone shows is told before it. */
const longReasoningMs = 60;
/** The longest pause in typing that long reasoning waits for. */
const mostRestMs = 500;

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

interface Reasoned {
  readonly found: readonly PolicyDiagnostic[];
  /** In milliseconds. */
  readonly busy: number;
}

/** How long it took to look at a file, in milliseconds. */
interface Took {
  readonly reading: number;
  readonly reasoning: number;
}

/**
 * Diagnostics of policy files as they are typed. A text that changes while it is looked at is given up between two steps.
 * The slower a file is to look at, the longer the pause that is waited for. Where reasoning takes long, what the text alone
 * shows is told at once, beside what reasoning showed before wherever its place is still there; such word carries no
 * version, because it is not all that is to be said of one.
 */
export class Diagnoser {
  readonly #connection: Connection;
  readonly #policies: OpenPolicies;
  readonly #pending = new Map<string, Pending>();
  readonly #memos = new Map<string, Memo>();
  readonly #took = new Map<string, Took>();
  readonly #reasoned = new Map<string, readonly PolicyDiagnostic[]>();

  constructor(connection: Connection, policies: OpenPolicies) {
    this.#connection = connection;
    this.#policies = policies;
  }

  soon(uri: string): void {
    clearTimeout(this.#pending.get(uri)?.timer);
    const rest = Math.min(Math.max((this.#took.get(uri)?.reading ?? 0) / 2, pauses.least), pauses.most);
    const timer = setTimeout(() => {
      this.#pending.delete(uri);
      this.#diagnose(uri).catch((error: unknown) =>
        this.#connection.console.error(`${uri} could not be checked: ${String(error)}`),
      );
    }, rest);
    this.#pending.set(uri, { timer });
  }

  /** Takes back what was said of a file that is closed. */
  close(uri: string): void {
    clearTimeout(this.#pending.get(uri)?.timer);
    this.#pending.delete(uri);
    this.#memos.delete(uri);
    this.#took.delete(uri);
    this.#reasoned.delete(uri);
    void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  dispose(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }

  async #diagnose(uri: string): Promise<void> {
    const began = performance.now();
    const look = await this.#policies.look(uri);
    if (look === undefined) return;
    const reading = performance.now() - began;
    const { version } = look;
    const before = this.#took.get(uri)?.reasoning ?? 0;
    if (look.reading.sound !== undefined && before > longReasoningMs) {
      await this.#tell(uri, [...look.reading.diagnostics, ...stillThere(this.#reasoned.get(uri) ?? [], look)]);
      await pause(Math.min(before / 2, mostRestMs), undefined, { ref: false });
    }
    const reasoned = await this.#reason(look);
    if (reasoned === undefined) return;
    const { found, busy } = reasoned;
    this.#took.set(uri, { reading, reasoning: look.reading.sound === undefined ? before : busy });
    this.#reasoned.set(uri, found);
    await this.#tell(uri, [...look.reading.diagnostics, ...found], version);
  }

  /** What reasoning shows, and how long it was at it; undefined where the text changed meanwhile. */
  async #reason({ uri, version, reading: { document, sound }, surroundings }: Look): Promise<Reasoned | undefined> {
    const found: PolicyDiagnostic[] = [];
    const memo = this.#memos.get(uri) ?? createMemo();
    this.#memos.set(uri, memo);
    let busy = 0;
    for (const step of sound === undefined ? [] : reasoningSteps) {
      if (sound === undefined) break;
      await turn();
      if (this.#isOld(uri, version)) return undefined;
      const began = performance.now();
      const { layers } = sound;
      found.push(...step({ document, layers }, groundOf(layers, surroundings), memo));
      busy += performance.now() - began;
    }
    await turn();
    return this.#isOld(uri, version) ? undefined : { found, busy };
  }

  async #tell(uri: string, found: readonly PolicyDiagnostic[], version?: number): Promise<void> {
    const diagnostics = mostSevere(found)
      .toSorted((a, b) => a.range.start - b.range.start)
      .map(toProtocol);
    await this.#connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) });
  }

  /** Whether the text has changed, or is about to be looked at again. */
  #isOld(uri: string, version: number): boolean {
    return this.#policies.version(uri) !== version;
  }
}

/** What was found in an earlier text, where the newest has the same places. */
function stillThere(found: readonly PolicyDiagnostic[], { reading: { document } }: Look): readonly PolicyDiagnostic[] {
  const { root } = document;
  if (root === undefined) return [];
  return found
    .filter(({ path }) => findNodeAtLocation(root, [...path]) !== undefined)
    .map(({ fix: _fix, ...rest }) => ({ ...rest, range: rangeInDocument(document, rest.path) }));
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
