import { describe, expect, it } from 'vitest';
import { addressKey, folderUrl } from '../gatewayAddress.ts';
import type { ClientMachine } from './client.ts';
import { clientOfCommand, clients, pointAt } from './clients.ts';

const access = {
  url: 'http://127.0.0.1:4123',
  token: 'f00dfeed',
  folder: '/home/sam/.local/state/routing-policy/clients',
};
const machine = (env: ClientMachine['env'] = {}, files: Readonly<Record<string, string>> = {}): ClientMachine => ({
  env,
  home: '/home/sam',
  read: (path) => files[path],
});
const client = (id: string): (typeof clients)[number] => {
  const found = clients.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no client ${id}`);
  return found;
};
const agents = clients.filter(({ commands }) => commands.length > 0);

describe('a command', () => {
  it.each([
    ['claude', 'claude-code'],
    ['/opt/bin/codex', 'codex'],
    ['C:\\Tools\\copilot.EXE', 'copilot-cli'],
    ['opencode.cmd', 'opencode'],
    ['gemini', 'gemini-cli'],
    ['claudette', undefined],
    ['python', undefined],
    ['', undefined],
  ])('%s starts %s', (command, id) => {
    expect(clientOfCommand(command)?.id).toBe(id);
  });

  it('names one client', () => {
    const names = clients.flatMap(({ commands }) => commands);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(clients.map(({ id }) => id)).size).toBe(clients.length);
  });
});

describe.each(agents)('$name', (one) => {
  it('never has the token among its arguments or in its files', () => {
    const start = pointAt(one, access, machine());
    expect(start.arguments.join(' ')).not.toContain(access.token);
    expect(Object.values(start.files).join(' ')).not.toContain(access.token);
  });

  it('is told the address and the token by its configuration', () => {
    expect(one.configuration.text(access)).toContain(access.url);
    expect(one.configuration.text(access)).toContain(access.token);
  });
});

describe('a login', () => {
  it.each([
    ['claude-code', 'ANTHROPIC_AUTH_TOKEN', { ANTHROPIC_API_KEY: 'sk-ant' }],
    ['claude-code', 'ANTHROPIC_AUTH_TOKEN', { CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat' }],
    ['gemini-cli', 'GEMINI_API_KEY', { GEMINI_API_KEY: 'AIza' }],
    ['openai-sdk', 'OPENAI_API_KEY', { OPENAI_API_KEY: 'sk-own' }],
    ['anthropic-sdk', 'ANTHROPIC_AUTH_TOKEN', { ANTHROPIC_AUTH_TOKEN: 'own' }],
  ] as const)('of %s in the environment is left alone: nothing stands in as %s', (id, name, env) => {
    expect(pointAt(client(id), access, machine(env)).environment[name]).toBeUndefined();
    expect(pointAt(client(id), access, machine()).environment[name]).toBe(access.token);
  });

  it.each([
    ['.claude/.credentials.json', '{}'],
    ['.claude.json', '{"oauthAccount": {}}'],
    ['.claude/settings.json', '{"apiKeyHelper": "op read"}'],
  ])('of Claude Code in %s is left alone, whatever is started', (path, text) => {
    const signedIn = machine({}, { [`/home/sam/${path}`]: text });
    expect(pointAt(client('claude-code'), access, signedIn).environment).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
    expect(pointAt(undefined, access, signedIn).environment).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN');
    const others = machine({}, { '/home/sam/.claude.json': '{"numStartups": 1}' });
    expect(pointAt(client('claude-code'), access, others).environment).toHaveProperty('ANTHROPIC_AUTH_TOKEN');
  });

  it('of Codex is asked for where there is one, and not where there is none', () => {
    const asked = (files: Readonly<Record<string, string>>): string =>
      pointAt(client('codex'), access, machine({}, files)).arguments.join(' ');
    expect(asked({})).toContain('requires_openai_auth=false');
    expect(asked({ '/home/sam/.codex/auth.json': '{}' })).toContain('requires_openai_auth=true');
  });

  it('of opencode is left alone provider by provider', () => {
    const providers = (world: ClientMachine): Record<string, { options: { apiKey?: string } }> =>
      (
        JSON.parse(pointAt(client('opencode'), access, world).environment['OPENCODE_CONFIG_CONTENT'] ?? '') as {
          provider: Record<string, { options: { apiKey?: string } }>;
        }
      ).provider;
    const some = providers(machine({ OPENAI_API_KEY: 'sk-own' }));
    expect(some['openai']?.options.apiKey).toBeUndefined();
    expect(some['anthropic']?.options.apiKey).toBe('{env:ROUTING_POLICY_TOKEN}');
    const file = { '/home/sam/.local/share/opencode/auth.json': '{"anthropic": {"type": "api", "key": "sk"}}' };
    expect(providers(machine({}, file))['anthropic']?.options.apiKey).toBeUndefined();
  });
});

describe('a client that knows no header of ours', () => {
  const key = addressKey(access.token);

  it.each([
    ['openai-sdk', 'OPENAI_BASE_URL', `http://127.0.0.1:4123/t/${key}/v1`],
    ['anthropic-sdk', 'ANTHROPIC_BASE_URL', `http://127.0.0.1:4123/t/${key}`],
    ['gemini-sdk', 'GOOGLE_GEMINI_BASE_URL', `http://127.0.0.1:4123/t/${key}`],
  ])('is let in by its base URL, with its own key left alone: %s', (id, name, url) => {
    expect(pointAt(client(id), access, machine()).environment[name]).toBe(url);
    expect(pointAt(undefined, access, machine()).environment[name]).toBe(url);
  });

  it('goes by its folder all the same', () => {
    const url = folderUrl(access.url, '/home/sam/work');
    const { environment } = pointAt(undefined, { ...access, url }, machine());
    expect(environment['OPENAI_BASE_URL']).toBe(url.replace('4123', `4123/t/${key}`).concat('/v1'));
  });

  it('has either of Google’s keys for its own', () => {
    const { environment } = pointAt(client('gemini-sdk'), access, machine({ GOOGLE_API_KEY: 'AIza' }));
    expect(environment).not.toHaveProperty('GEMINI_API_KEY');
  });

  it('is the only one whose address says more than where the gateway is', () => {
    for (const one of agents) {
      const { environment, arguments: args } = pointAt(one, access, machine());
      expect(JSON.stringify([environment, args])).not.toContain(key);
    }
  });
});

describe('a client that is set up to go elsewhere', () => {
  it.each([
    ['openai-sdk', { OPENAI_BASE_URL: 'https://openrouter.ai/api/v1', OPENAI_API_KEY: 'sk-or' }, 'openrouter.ai'],
    ['anthropic-sdk', { ANTHROPIC_BASE_URL: 'https://corp.example/anthropic' }, 'corp.example'],
    ['claude-code', { ANTHROPIC_BASE_URL: 'https://corp.example' }, 'corp.example'],
    ['gemini-cli', { GOOGLE_GEMINI_BASE_URL: 'http://localhost:4000' }, 'localhost:4000'],
    ['gemini-sdk', { GOOGLE_GEMINI_BASE_URL: 'https://corp.example' }, 'corp.example'],
    ['copilot-cli', { COPILOT_PROVIDER_BASE_URL: 'https://corp.example/v1' }, 'corp.example'],
  ])('is left alone, and that is said: %s', (id, env, host) => {
    const alone = pointAt(client(id), access, machine(env));
    expect(alone).toMatchObject({ environment: {}, arguments: [], files: {} });
    expect(alone.unrouted).toEqual([expect.stringContaining(`sends it to ${host}, and its key is for there`)]);
    const [name = ''] = Object.keys(env);
    const together = pointAt(undefined, access, machine(env));
    expect(together.environment).not.toHaveProperty(name);
    expect(together.unrouted.join()).toContain(host);
    expect(Object.keys(together.environment)).toContain(
      name === 'OPENAI_BASE_URL' ? 'ANTHROPIC_BASE_URL' : 'OPENAI_BASE_URL',
    );
  });

  it.each([
    ['a gateway of ours around it', { OPENAI_BASE_URL: 'http://127.0.0.1:5000/t/ab12/in/L2hvbWU/v1' }],
    ['a folder of one', { OPENAI_BASE_URL: 'http://localhost:5000/in/L2hvbWU/v1' }],
    ['this gateway', { OPENAI_BASE_URL: 'http://127.0.0.1:4123/v1' }],
    ['nothing that is an address', { OPENAI_BASE_URL: 'later' }],
    ['nothing', { OPENAI_BASE_URL: '' }],
  ])('is not one that is pointed at %s', (_what, env) => {
    const { environment, unrouted } = pointAt(client('openai-sdk'), access, machine(env));
    expect([environment['OPENAI_BASE_URL']?.startsWith(access.url), unrouted]).toEqual([true, []]);
  });

  it('is routed where its host is known to be given its key by the gateway', () => {
    const env = { OPENAI_BASE_URL: 'https://corp.example/v1' };
    const known = { ...machine(env), passedTo: new Set(['corp.example']) };
    expect(pointAt(client('openai-sdk'), access, known)).toMatchObject({ unrouted: [] });
    expect(
      pointAt(client('openai-sdk'), access, { ...known, passedTo: new Set(['corp.example:8443']) }).unrouted,
    ).toHaveLength(1);
  });

  it.each([
    [
      'claude-code',
      { CLAUDE_CODE_USE_BEDROCK: '1' },
      /Claude Code is not routed: CLAUDE_CODE_USE_BEDROCK sends it to Amazon Bedrock/,
    ],
    ['claude-code', { CLAUDE_CODE_USE_VERTEX: 'true' }, /CLAUDE_CODE_USE_VERTEX sends it to Google Vertex AI/],
    ['gemini-cli', { GOOGLE_GENAI_USE_VERTEXAI: 'true' }, /Gemini CLI is not routed/],
  ])('past any base URL is told: %s with %o', (id, env, words) => {
    expect(pointAt(client(id), access, machine(env)).unrouted.join()).toMatch(words);
    expect(pointAt(undefined, access, machine(env)).unrouted.join()).toMatch(words);
    const off = Object.fromEntries(Object.keys(env).map((name) => [name, '0']));
    expect(pointAt(client(id), access, machine(off)).unrouted).toEqual([]);
  });
});

it('no configuration has the token as an argument of a command', () => {
  for (const { configuration } of clients) {
    const isCommand = (line: string): boolean =>
      line.includes(access.token) && !/^(?:export )?[A-Z_]+=|[:=] ?["']?/.test(line);
    expect(configuration.text(access).split('\n').filter(isCommand)).toEqual([]);
  }
  expect(client('cline').configuration.text(access)).not.toMatch(/cline .*f00dfeed/);
});

describe('what the environment has already', () => {
  it('of headers stays, before ours, and ours is there once', () => {
    const env = {
      ANTHROPIC_CUSTOM_HEADERS: 'x-team: core\nX-Routing-Token: old',
      GEMINI_CLI_CUSTOM_HEADERS: 'x-a: 1, x-b: 2',
    };
    const { environment } = pointAt(undefined, access, machine(env));
    expect(environment['ANTHROPIC_CUSTOM_HEADERS']).toBe('x-team: core\nx-routing-token: f00dfeed');
    expect(environment['GEMINI_CLI_CUSTOM_HEADERS']).toBe('x-a: 1, x-b: 2,x-routing-token: f00dfeed');
  });

  it('of models stays', () => {
    expect(pointAt(client('copilot-cli'), access, machine({ COPILOT_MODEL: 'gpt-5.4' })).environment).toMatchObject({
      COPILOT_MODEL: 'gpt-5.4',
    });
  });

  it('of proxies does not come between the client and this machine', () => {
    expect(pointAt(undefined, access, machine()).environment).not.toHaveProperty('NO_PROXY');
    const behind = machine({ https_proxy: 'http://proxy:3128', NO_PROXY: 'git.example' });
    expect(pointAt(client('codex'), access, behind).environment).toMatchObject({
      NO_PROXY: 'git.example,127.0.0.1,localhost',
      no_proxy: 'git.example,127.0.0.1,localhost',
    });
  });
});
