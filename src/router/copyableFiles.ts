import { languageOf } from '../routing/languages.ts';
import { isGenerated } from '../routing/paths.ts';

/** Languages that are not code, or in which settings are kept. */
const notCode: ReadonlySet<string> = new Set([
  'plaintext',
  'json',
  'jsonc',
  'jsonl',
  'log',
  'csv',
  'dotenv',
  'ini',
  'properties',
  'markdown',
  'restructuredtext',
]);

/** Folders and files, in lower case, whose text must not turn up in another file's ghost text. */
const secretSegments: ReadonlySet<string> = new Set([
  ...['secret', 'secrets', 'credential', 'credentials', 'password', 'passwords', 'passwd', 'htpasswd', '.htpasswd'],
  ...['.aws', '.azure', '.docker', '.gcloud', '.gnupg', '.kube', '.ssh', '.vault'],
  ...['.npmrc', '.yarnrc', '.pypirc', '.netrc', '_netrc', '.pgpass', '.my.cnf', '.git-credentials', '.dockercfg'],
]);

const secretNames: readonly RegExp[] = [
  /^\.env/,
  /\.env$/,
  /^id_/,
  /(?:^|[-_.])(?:secrets?|credentials?|passwords?|passwd)(?:\.|$)/,
  /(?:^|[-_.])(?:private|api|service)[-_]?(?:account[-_]?)?keys?(?:\.|$)/,
  /\.(?:pem|p12|pfx|jks|keys?|keystore|crt|csr|der|asc|gpg|ppk|kdbx?|ovpn|tfvars|tfstate)(?:\.|$)/,
];

/** Whether a path is called what secrets are called. The last line of defence: a policy knows better than a name. */
export function isSecretName(path: string): boolean {
  const segments = path.toLowerCase().split('/');
  const name = segments.at(-1) ?? '';
  return segments.some((segment) => secretSegments.has(segment)) || secretNames.some((pattern) => pattern.test(name));
}

/** Whether a file's name says that it is code which other files may be continued from. */
export function isCopyable(path: string): boolean {
  const language = languageOf(path);
  return language !== undefined && !notCode.has(language) && !isSecretName(path) && !isGenerated(path);
}
