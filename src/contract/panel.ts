import type { UsageReport } from '../usage/report/usageReport.ts';
import type { UsageExportFormat } from './messages.ts';
import { isUsageReport } from './reportShape.ts';
import { readRange, type UsageRange } from './usageRange.ts';

/** What the panel asks of the extension. Each side reads what the other says as it would a stranger's. */
export type PanelRequest =
  /** It is drawn, and wants this range: also said again when the person chooses another one. */
  | { readonly type: 'show'; readonly range: UsageRange }
  | { readonly type: 'refresh' }
  | { readonly type: 'explain'; readonly requestId: string }
  | { readonly type: 'export'; readonly format: UsageExportFormat }
  /** The line of a class; without one the file. */
  | { readonly type: 'openPolicy'; readonly class?: string };

/** What the extension tells the panel; `range` says what it is an answer to. */
export type PanelUpdate =
  | { readonly type: 'loading'; readonly range: UsageRange }
  | { readonly type: 'report'; readonly range: UsageRange; readonly report: UsageReport }
  | { readonly type: 'failed'; readonly range: UsageRange; readonly message: string }
  /** Said to screen readers. */
  | { readonly type: 'said'; readonly message: string };

const formats: readonly UsageExportFormat[] = ['csv', 'json', 'focus'];

/** The longest name or id that is taken from a webview, in UTF-16 code units. */
const LONGEST_ID = 500;

/** A message of the panel; undefined for anything that is none. */
export function readPanelRequest(value: unknown): PanelRequest | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, range, requestId, format, class: ofClass } = value as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'show': {
      const read = readRange(range);
      return read && { type, range: read };
    }
    case 'refresh':
      return { type };
    case 'explain':
      return isId(requestId) ? { type, requestId } : undefined;
    case 'export': {
      const known = formats.find((one) => one === format);
      return known && { type, format: known };
    }
    case 'openPolicy':
      if (ofClass === undefined) return { type };
      return isId(ofClass) ? { type, class: ofClass } : undefined;
    default:
      return undefined;
  }
}

/** A message of the extension; undefined for anything that is none, such as what an older router sends. */
export function readPanelUpdate(value: unknown): PanelUpdate | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, range: written, report, message } = value as Readonly<Record<string, unknown>>;
  if (type === 'said') return typeof message === 'string' ? { type, message } : undefined;
  const range = readRange(written);
  if (range === undefined) return undefined;
  switch (type) {
    case 'loading':
      return { type, range };
    case 'report':
      return isUsageReport(report) ? { type, range, report } : undefined;
    case 'failed':
      return typeof message === 'string' ? { type, range, message } : undefined;
    default:
      return undefined;
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID;
}
