import { describe, expect, it } from 'vitest';
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
