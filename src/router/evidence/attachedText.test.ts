import { expect, it } from 'vitest';
import { attachedText, textOfDataUrl } from './attachedText.ts';

const base64 = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  Buffer.from(text, encoding).toString('base64');
const long = `${'ö'.repeat(5_000)}€😀`;

it.each([
  ['a text', base64('KEY=1'), 'KEY=1'],
  ['no text at all', '', ''],
  ['a long text whose characters the first look cuts', base64(`x${long}`), `x${long}`],
  ['the same, cut elsewhere', base64(`xy${long}`), `xy${long}`],
  ['the alphabet of addresses', base64('>>>???').replace(/\+/g, '-').replace(/\//g, '_'), '>>>???'],
  ['what Windows writes', base64('\ufeffKEY=1', 'utf16le'), 'KEY=1'],
  ['a picture', base64('\x89PNG\x00\x00', 'latin1'), undefined],
  ['a text that turns into bytes later on', base64(`${'x'.repeat(10_000)}\xff\xfe`, 'latin1'), undefined],
])('%s', (_what, data, text) => {
  expect(attachedText(data)).toBe(text);
});

it.each([
  [`data:text/plain;base64,${base64('KEY=1')}`, 'KEY=1'],
  [`data:;base64,${base64('KEY=1')}`, 'KEY=1'],
  [`data:application/json;charset=utf-8;base64,${base64('{}')}`, '{}'],
  ['data:text/plain,KEY%3D1', 'KEY=1'],
  ['data:,100%', '100%'],
  [`data:image/png;base64,${base64('\x89PNG\x00', 'latin1')}`, undefined],
  ['https://h/x', undefined],
])('the address %s', (url, text) => {
  expect(textOfDataUrl(url)).toBe(text);
});
