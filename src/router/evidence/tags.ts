/** Tags in which clients and tools wrap the text of files. */
const content =
  /<(attachment|file|file_content|final_file_content|file_contents|match|document|snippet|excerpt|selection|open_file|codebase_result|resource|source_file)\s/g;
const attribute = /([\w:-]{1,50})\s{0,10}=\s{0,10}(?:"([^"]{0,8192})"|'([^']{0,8192})'|([^\s"'>]{1,1024}))/g;
const pathAttribute = /^(?:path|filePath|file_path|file|uri|filename|source|href|src)$/i;

/** The longest tag that is looked at, in characters; and how often each letter of a text is, at most, all in all. */
const longestTag = 8_192;
const mostLooks = 4;

export interface ContentTag {
  readonly name: string;
  readonly path: string;
}

/**
 * The tags that wrap a file's text, with the file that they name. Values may have `>` and line breaks in them, and stand
 * in either kind of quotes. Each letter is looked at a bounded number of times.
 *
 * @param atLineStart only tags that begin a line: elsewhere they are somebody's code
 */
export function* contentTags(text: string, atLineStart: boolean): Generator<ContentTag> {
  let looks = mostLooks * (text.length + longestTag);
  let next = 0;
  while (looks > 0) {
    // Others look for such tags meanwhile.
    content.lastIndex = next;
    const match = content.exec(text);
    if (match === null) return;
    const from = match.index + match[0].length;
    next = from;
    if (atLineStart && match.index > 0 && text[match.index - 1] !== '\n') continue;
    const end = tagEnd(text, from);
    looks -= (end ?? from + longestTag) - from;
    if (end === undefined) continue;
    next = end;
    const name = match[1] ?? '';
    const found = Array.from(text.slice(from, end).matchAll(attribute), ([, key = '', double, single, bare]) => ({
      key,
      value: double ?? single ?? bare ?? '',
    }));
    const paths = found.filter(({ key, value }) => value !== '' && pathAttribute.test(key));
    // A part of a file that is attached may have no other name than its id.
    const ids = name === 'attachment' && paths.length === 0 ? found.filter(({ key }) => key === 'id') : [];
    for (const { value } of paths) yield { name, path: unescapeXml(value) };
    for (const { value } of ids) yield { name: 'file', path: unescapeXml(value.replace(/^file:(?!\/)/, '')) };
  }
}

/** Where a tag ends: at the first `>` outside quotes; where a quote is never closed, at the first `>` at all. */
function tagEnd(text: string, from: number): number | undefined {
  let quote = '';
  let bare: number | undefined;
  const last = Math.min(text.length, from + longestTag);
  for (let at = from; at < last; at += 1) {
    const letter = text.charAt(at);
    if (letter === '>') bare ??= at;
    if (quote) {
      if (letter === quote) quote = '';
    } else if (letter === '>' || letter === '<') return at;
    else if ((letter === '"' || letter === "'") && text[at - 1] === '=') quote = letter;
  }
  return bare;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescapeXml(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_all, name: string) => entities[name] ?? '');
}
