// A real VS Code with the packed extension, on a sample repository, with providers to route to.
//   npm start                 VS Code in the browser
//   npm start -- --code       the desktop's `code`, with folders of its own
//   npm start -- --fresh      throws away what an earlier start left in the sample repository
//   npm start -- --port 9000  another port than 8123
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/host/freePort.ts';
import { type Settings, startServer } from '../test/host/server.ts';
import { lifelike, type SimulatedProviders, startSimulatedProviders } from '../test/simulated/main.ts';
import { packageExtension } from './package.ts';
import { prepareSample } from './sample.ts';
import { describeFailure, ROOT, run, step } from './steps.ts';

const KEYS = [
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'MISTRAL_API_KEY',
  'CODESTRAL_API_KEY',
  'DEEPSEEK_API_KEY',
  'GEMINI_API_KEY',
  'OPENROUTER_API_KEY',
  'XAI_API_KEY',
];

/** Each start remembers what is to be ended; the last started ends first. */
const running: (() => Promise<void>)[] = [];
let ending: Promise<void> | undefined;

function endAll(): Promise<void> {
  ending ??= (async () => {
    while (running.length > 0) await running.pop()?.();
  })();
  return ending;
}

async function providers(): Promise<SimulatedProviders['providers'] | undefined> {
  const found = KEYS.filter((name) => (process.env[name] ?? '') !== '');
  if (found.length > 0) {
    console.log(`Using the real providers: ${found.join(', ')} in the environment. Requests cost money.`);
    return undefined;
  }
  const simulated = await startSimulatedProviders({ pace: lifelike });
  running.push(() => simulated.stop());
  console.log('No provider key in the environment: using three simulated providers on loopback.');
  return simulated.providers;
}

/** The desktop's VS Code, in folders of its own: the person's settings and extensions stay out of it. */
async function startDesktop(folder: string, vsix: string, settings: Settings): Promise<void> {
  const profile = join(ROOT, '.host', 'desktop');
  const own = ['--user-data-dir', join(profile, 'data'), '--extensions-dir', join(profile, 'extensions')];
  await mkdir(join(profile, 'data', 'User'), { recursive: true });
  await writeFile(join(profile, 'data', 'User', 'settings.json'), JSON.stringify(settings, null, 2));
  await step('Installing the extension into VS Code', () =>
    run('code', [...own, '--install-extension', vsix, '--force']),
  );
  const child = spawn('code', [...own, '--new-window', '--wait', folder], { stdio: 'ignore' });
  running.push(async () => {
    child.kill();
  });
  child.on('exit', () => void endAll());
  child.on('error', (error) => console.error(`VS Code could not be started: ${error.message}`));
}

async function startInBrowser(
  folder: string,
  vsix: string,
  machineSettings: Settings,
  wanted: number,
): Promise<string> {
  const port = await freePort(wanted);
  const profile = join(ROOT, '.host', `profile-${port}`);
  const server = await step('Starting VS Code', () =>
    startServer({ folder, vsix: [vsix], machineSettings, port, profile }),
  );
  running.push(server.stop);
  return server.url;
}

async function start(): Promise<void> {
  const options = {
    code: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    port: { type: 'string', default: '8123' },
  } as const;
  const { values } = parseArgs({ options });
  const vsix = await packageExtension();
  const folder = await prepareSample(values.fresh);
  const reachable = await providers();
  const settings = reachable === undefined ? {} : { 'routingPolicy.providers': reachable };
  if (values.code) {
    await startDesktop(folder, vsix, settings);
    console.log('\nVS Code opens on your desktop.');
  } else {
    const url = await startInBrowser(folder, vsix, settings, Number(values.port));
    console.log(`\nVS Code is ready:  ${url}`);
  }
  console.log(`The repository it opens: ${folder}

Try:
  1. Type in packages/core/src/order.ts: the ghost text is routed; the status bar says to which model, and its price.
  2. Run "Routing Policy: Set Up Chat" from the command palette, and ask about order.ts, then about order.test.ts.
  3. Change a model in .routing-policy.json, save, and ask again.
Ctrl-C stops everything.`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    void endAll().then(() => process.exit(0));
  });
}

try {
  await start();
} catch (error) {
  // Stopped while still starting: what fails then is the stopping.
  if (ending === undefined) console.error(`\nCould not start: ${describeFailure(error)}`);
  await endAll();
  process.exit(1);
}
