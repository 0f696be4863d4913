import type { RequestKind } from '../policy/schema.ts';

/** What besides the session a policy may count as the work (`diff.base`). */
export type WholeBase = 'head' | 'staged' | 'merge-base';

/** What a policy may take modules from (`modules`). */
export type ModuleSource = 'auto' | 'workspaces' | 'codeowners' | 'top-level';

/** A file that the request works on. Counts are lines; a missing count is unknown, never zero. */
export interface FactFile {
  /** Relative to the repository root, with "/". */
  readonly path: string;
  readonly added?: number;
  readonly deleted?: number;
  /** As the repository's manifests say; left out, it is derived from the path. */
  readonly module?: string;
  /** Its module by each source that some policy in force asks for; one that is left out is `module`. */
  readonly modules?: Readonly<Partial<Record<ModuleSource, string>>>;
  /**
   * Marked as generated, or as not, by the repository's attributes; left out, the documented list decides. Whoever can edit
   * the repository can write such a mark, so only the repository's own file goes by it.
   */
  readonly generated?: boolean;
}

/**
 * What is known about one request. A missing field is unknown: a preference then does not match, a constraint applies.
 * `files` left out is "unknown which files"; an empty list is "known to work on none".
 */
export interface Facts {
  readonly kind: RequestKind;
  readonly files?: readonly FactFile[];
  /**
   * The same work as policies with another `diff.base` see it. Left out altogether, `files` is the work whatever the base;
   * where only some base is missing, more files than `files` may be worked on, and nobody knows which.
   */
  readonly byBase?: Readonly<Partial<Record<WholeBase, readonly FactFile[]>>>;
  /** Files whose text goes out without being worked on, snippets and attachments included. Constraints see them. */
  readonly reads?: readonly string[];
  /** Those of `reads` that lie outside the request's folder. */
  readonly outside?: readonly string[];
  /** The same work as a folder around the request's own sees it, by the way from there to the request's folder, with "/". */
  readonly around?: Readonly<Record<string, Pick<Facts, 'files' | 'byBase'>>>;
  /** `reads` is not all: constraints that look at files then take "none seen" for "not known". */
  readonly readsIncomplete?: boolean;
  /** Text of commands goes out: only its lines can tell which files it is from. */
  readonly opaqueReads?: boolean;
  /** There are more guarded files than could be compared with the text that goes out. */
  readonly readsUncompared?: boolean;
  /** The language id of each path, where the editor knows better than the extension of the file. */
  readonly languages?: Readonly<Record<string, string>>;
  readonly context?: {
    /** Estimated input tokens. */
    readonly tokens?: number;
    readonly images?: boolean;
    readonly tools?: boolean;
  };
  /** The prompt's own words, for `keywords` (preferences only). */
  readonly text?: string;
  readonly client?: string;
  readonly team?: string;
  readonly branch?: string;
  readonly intent?: string;
  /** The model that the client asked for by name, when it asked for one. */
  readonly requested?: string;
}
