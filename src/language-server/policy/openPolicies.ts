import { basename } from 'node:path/posix';
import { findNodeAtLocation } from 'jsonc-parser';
import { workForOneLookAtFiles } from '../../policy/analysis/repositoryFiles.ts';
import { readDocument } from '../../policy/document.ts';
import type { Draft } from '../../router/policies/policies.ts';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { toRepositoryPath } from '../../workspace/workingPaths.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import type { RouterProcess } from '../compose.ts';
import type { OpenDocuments } from '../documents.ts';
import type { Surroundings } from './analysis.ts';
import { knowledgeOf } from './knowledge.ts';
import type { Listings } from './listings.ts';
import { type Reading, readPolicy } from './reading.ts';

/** How long what a file extends is believed while it is being edited. */
const draftBelievedMs = 1_000;

/** A policy file that is open, as it is at one moment. */
export interface Look {
  readonly uri: string;
  readonly version: number;
  readonly reading: Reading;
  readonly surroundings: Surroundings;
  /** Left out outside of any folder. */
  readonly workspace?: Workspace;
}

interface Known {
  readonly version: number;
  readonly around: Draft | undefined;
  readonly reading: Reading;
}

interface KnownDraft {
  readonly extended: string;
  readonly at: number;
  readonly draft: Promise<Draft | undefined>;
}

/** Whether a document is a policy, by its name. */
export function isPolicy(uri: string): boolean {
  return basename(uri) === POLICY_FILE;
}

/** The policy files that are open, each read once for whoever asks about its present text. */
export class OpenPolicies {
  readonly #documents: OpenDocuments;
  readonly #router: () => Promise<RouterProcess>;
  readonly #listings: Listings;
  readonly #known = new Map<string, Known>();
  readonly #drafts = new Map<string, KnownDraft>();

  constructor(documents: OpenDocuments, router: () => Promise<RouterProcess>, listings: Listings) {
    this.#documents = documents;
    this.#router = router;
    this.#listings = listings;
  }

  version(uri: string): number | undefined {
    return this.#documents.all.get(uri)?.version;
  }

  /** URIs of those that are open. */
  open(): readonly string[] {
    return this.#documents.all.keys().filter(isPolicy);
  }

  /**
   * The file as it is now; undefined where it is not open, or was changed meanwhile.
   *
   * @param files whether the answer is worth waiting for the first listing of the repository
   */
  async look(uri: string, files: 'wait' | 'now' = 'now'): Promise<Look | undefined> {
    const process = await this.#router();
    const document = this.#documents.all.get(uri);
    if (document === undefined || !isPolicy(uri)) return undefined;
    const { version } = document;
    const text = document.getText();
    const workspace = await process.workspace(uri);
    const [around, listing, path] = await Promise.all([
      this.#draft(process, uri, text),
      workspace && (files === 'wait' ? this.#listings.first(workspace) : this.#listings.now(workspace)),
      workspace && toRepositoryPath(workspace.root, uri),
    ]);
    if (this.version(uri) !== version) return undefined;
    if (listing) listing.files.work.left = workForOneLookAtFiles;
    const before = this.#known.get(uri);
    const isSame = before?.version === version && before.around === around && before.reading.text === text;
    const reading = isSame ? before.reading : readPolicy(text, around);
    if (!isSame) this.#known.set(uri, { version, around, reading });
    return {
      uri,
      version,
      reading,
      surroundings: { knowledge: knowledgeOf(process), listing, path },
      ...(workspace ? { workspace } : {}),
    };
  }

  /** A file was saved or closed: what it extends is looked at anew. */
  forget(uri: string): void {
    this.#drafts.delete(uri);
    if (this.version(uri) === undefined) this.#known.delete(uri);
  }

  /** What the text extends. Only that part of it is read, so that a keystroke elsewhere costs nothing here. */
  async #draft(process: RouterProcess, uri: string, text: string): Promise<Draft | undefined> {
    const extended = extendsOf(text);
    const known = this.#drafts.get(uri);
    if (known?.extended === extended && Date.now() - known.at < draftBelievedMs) return known.draft;
    const draft = process.draft(uri, extended);
    const before = known?.extended === extended ? await known.draft : undefined;
    const now = await draft;
    // The same layers are the same object, so that what was read beside them need not be read again.
    const kept = before && now && isSameDraft(before, now) ? before : now;
    this.#drafts.set(uri, { extended, at: Date.now(), draft: Promise.resolve(kept) });
    return kept;
  }
}

/** The smallest policy that extends what this text does. */
function extendsOf(text: string): string {
  const { root } = readDocument(text);
  const node = root && findNodeAtLocation(root, ['extends']);
  const written = node ? `, "extends": ${text.slice(node.offset, node.offset + node.length)}` : '';
  return `{ "version": 1, "default": "any/any"${written} }`;
}

function isSameDraft(one: Draft, other: Draft): boolean {
  return (
    one.isComplete === other.isComplete &&
    JSON.stringify(one.issues) === JSON.stringify(other.issues) &&
    one.outer.length === other.outer.length &&
    one.outer.every(({ name, policy }, index) => {
      const beside = other.outer[index];
      return beside?.name === name && beside.policy === policy;
    })
  );
}
