import { findNodeAtLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';
import { ImportError, isRecord } from './importedRow.ts';

/** A result of a usage or cost report, with the span that it is of. */
export interface PageResult {
  readonly bucket: Readonly<Record<string, unknown>>;
  readonly result: unknown;
  /** Where it is, for people. */
  where(): string;
}

/**
 * The results in one or several pages of a provider's report: one page as JSON, a list of pages, or a page on each line.
 * @throws {ImportError}
 */
export function pageResults(text: string): readonly PageResult[] {
  const whole = parsed(text);
  if (whole !== undefined) {
    const pages = Array.isArray(whole) ? whole : [whole];
    const lines = lineFinder(text);
    return pages.flatMap((page, n) =>
      resultsIn(page, (path) => `line ${lines(Array.isArray(whole) ? [n, ...path] : path)}`),
    );
  }
  return text.split('\n').flatMap((line, n) => {
    if (line.trim() === '') return [];
    const page = parsed(line);
    if (page === undefined) throw new ImportError(`Line ${n + 1} is no JSON.`);
    return resultsIn(page, () => `line ${n + 1}`);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page a line, perhaps
  }
}

function resultsIn(page: unknown, where: (path: JSONPath) => string): readonly PageResult[] {
  const buckets = isRecord(page) ? page['data'] : undefined;
  if (!Array.isArray(buckets)) throw new ImportError('It is no page of a report: it has no list "data".');
  return buckets.flatMap((bucket: unknown, n): readonly PageResult[] => {
    const results = isRecord(bucket) ? bucket['results'] : undefined;
    if (!isRecord(bucket) || !Array.isArray(results))
      return [{ bucket: {}, result: undefined, where: () => where(['data', n]) }];
    return results.map((result: unknown, m) => ({ bucket, result, where: () => where(['data', n, 'results', m]) }));
  });
}

/** The line that something of a JSON text begins in. The text is looked at only when something is wrong with it. */
function lineFinder(text: string): (path: JSONPath) => number {
  let tree: Node | undefined;
  return (path) => {
    tree ??= parseTree(text);
    const offset = (tree && findNodeAtLocation(tree, path)?.offset) ?? 0;
    return text.slice(0, offset).split('\n').length;
  };
}

/** What tells one result from others, and by which things: all of it but its measures. */
export function dimensionsOf(
  result: Readonly<Record<string, unknown>>,
  measures: ReadonlySet<string>,
): { readonly identity: string; readonly names: string } {
  const told = Object.entries(result)
    .filter(([name, value]) => !measures.has(name) && value !== null && typeof value !== 'object')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { identity: JSON.stringify(told), names: told.map(([name]) => name).join(',') };
}
