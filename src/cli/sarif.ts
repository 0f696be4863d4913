import type { Diagnostic, Severity } from '../policy/diagnostic.ts';
import type { PolicyText } from './inForce.ts';
import { ownVersion } from './version.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
};

/** Diagnostics as a SARIF 2.1.0 log (OASIS, 2020), for code scanning. Columns are counted in UTF-16 code units. */
export async function sarifLog({ source }: PolicyText, diagnostics: readonly Diagnostic[]): Promise<unknown> {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'routing-policy',
            version: await ownVersion(),
            rules: codes.map((id) => ({ id, shortDescription: { text: sentenceOf(id) } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => resultOf(diagnostic, uriOf(source), codes)),
      },
    ],
  };
}

function resultOf(diagnostic: Diagnostic, uri: string, codes: readonly string[]): unknown {
  const { code, severity, message, fix } = diagnostic;
  const region = regionOf(diagnostic);
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region } }],
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: fix.title },
              artifactChanges: [
                {
                  artifactLocation: { uri },
                  replacements: [{ deletedRegion: region, insertedContent: { text: fix.replacement } }],
                },
              ],
            },
          ],
        }),
  };
}

function regionOf({ range }: Diagnostic): unknown {
  const { line, column, endLine, endColumn } = range;
  return { startLine: line, startColumn: column, endLine, endColumn };
}

/** A relative path as a URI reference: each segment with its special characters escaped. */
function uriOf(source: string): string {
  return source.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}

/** `duplicate-key` as `Duplicate key`. */
function sentenceOf(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
