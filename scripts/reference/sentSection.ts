import { describedEvents } from '../usageEvent.ts';
import { code, table } from './markdown.ts';

const BEGINS = '<!-- What follows, up to its end, is generated from src/usage/sync/event.ts by "npm run generate". -->';
const ENDS = '<!-- The end of what is generated. -->';

/** @param page the page as it is. @returns it, with the tables of what is sent between their marks */
export function withSentSection(page: string): string {
  const begin = page.indexOf(BEGINS);
  const end = page.indexOf(ENDS);
  if (begin < 0 || end < begin) throw new Error('docs/usage.md has no place for the tables of what is sent.');
  const tables = describedEvents().map(({ name, fields }) =>
    [
      `#### ${name}`,
      '',
      table(
        ['field', 'what it is', 'what it may be'],
        fields.map(({ name: field, description, values, isOptional }) => [
          isOptional ? `${code(field)} (may be left out)` : code(field),
          description,
          values,
        ]),
      ),
    ].join('\n'),
  );
  return `${page.slice(0, begin)}${BEGINS}\n\n${tables.join('\n\n')}\n\n${page.slice(end)}`;
}
