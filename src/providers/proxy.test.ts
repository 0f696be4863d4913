import { expect, test } from 'vitest';
import { isLoopback } from './loopback.ts';
import { type ProxySettings, proxyFor } from './proxy.ts';

const url = 'https://api.example.com/v1';
const proxy = 'http://proxy:3128';

test.each<[string, string, ProxySettings, Record<string, string>, string | undefined]>([
  ['no settings', url, {}, {}, undefined],
  ["the editor's", url, { proxy }, {}, proxy],
  ["the editor's over the environment's", url, { proxy }, { HTTPS_PROXY: 'http://other:1' }, proxy],
  ['an empty setting is none', url, { proxy: ' ' }, { HTTPS_PROXY: proxy }, proxy],
  ['HTTPS_PROXY for https', url, {}, { HTTPS_PROXY: proxy, HTTP_PROXY: 'http://other:1' }, proxy],
  ['https_proxy for https', url, {}, { https_proxy: proxy }, proxy],
  ['HTTP_PROXY is not for https', url, {}, { HTTP_PROXY: proxy }, undefined],
  ['HTTP_PROXY for http', 'http://api.example.com', {}, { HTTP_PROXY: proxy }, proxy],
  ['a bare address', url, { proxy: 'proxy:3128' }, {}, proxy],
  ['NO_PROXY by name', url, { proxy }, { NO_PROXY: 'other.org, api.example.com' }, undefined],
  ['NO_PROXY by suffix', url, { proxy }, { NO_PROXY: '.example.com' }, undefined],
  ['noProxy by wildcard', url, { proxy, noProxy: ['*.example.com'] }, {}, undefined],
  ['noProxy by bare domain', url, { proxy, noProxy: ['example.com'] }, {}, undefined],
  ['noProxy of a name that only ends alike', url, { proxy, noProxy: ['ample.com'] }, {}, proxy],
  ['noProxy by port', url, { proxy, noProxy: ['example.com:443'] }, {}, undefined],
  ['noProxy by another port', url, { proxy, noProxy: ['example.com:8443'] }, {}, proxy],
  ['noProxy of everything', url, { proxy, noProxy: ['*'] }, {}, undefined],
  ['loopback', 'http://127.0.0.1:11434', { proxy }, { HTTP_PROXY: proxy }, undefined],
])('%s', (_name, target, settings, env, expected) => {
  expect(proxyFor(new URL(target), settings, env)).toBe(expected);
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['localhost', true],
  ['app.localhost', true],
  ['[::1]', true],
  ['[::ffff:7f00:1]', true],
  ['127.0.0.1.evil.com', false],
  ['localhost.evil.com', false],
  ['10.0.0.1', false],
  ['0.0.0.0', false],
  ['[::ffff:a00:1]', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(new URL(`http://${host}`).hostname)).toBe(expected);
});
