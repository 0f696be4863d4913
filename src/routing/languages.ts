/** Language ids as Visual Studio Code names them, by file name and by extension. */

const BY_NAME: Readonly<Record<string, string>> = {
  dockerfile: 'dockerfile',
  containerfile: 'dockerfile',
  makefile: 'makefile',
  gnumakefile: 'makefile',
  'cmakelists.txt': 'cmake',
  gemfile: 'ruby',
  rakefile: 'ruby',
  podfile: 'ruby',
  vagrantfile: 'ruby',
  jenkinsfile: 'groovy',
  'go.mod': 'go.mod',
  'go.sum': 'go.sum',
  'go.work': 'go.work',
  justfile: 'just',
  '.gitignore': 'ignore',
  '.dockerignore': 'ignore',
  '.bashrc': 'shellscript',
  '.zshrc': 'shellscript',
  '.env': 'dotenv',
  'tsconfig.json': 'jsonc',
  'jsconfig.json': 'jsonc',
  '.routing-policy.json': 'jsonc',
};

/** A language id, then its extensions. */
const EXTENSIONS: readonly (readonly [language: string, extensions: string])[] = [
  ['typescript', 'ts mts cts'],
  ['typescriptreact', 'tsx'],
  ['javascript', 'js mjs cjs es6'],
  ['javascriptreact', 'jsx'],
  ['vue', 'vue'],
  ['svelte', 'svelte'],
  ['astro', 'astro'],
  ['html', 'html htm xhtml'],
  ['css', 'css'],
  ['scss', 'scss'],
  ['sass', 'sass'],
  ['less', 'less'],
  ['json', 'json geojson webmanifest'],
  ['jsonc', 'jsonc code-workspace'],
  ['jsonl', 'jsonl ndjson'],
  ['yaml', 'yaml yml'],
  ['toml', 'toml'],
  ['ini', 'ini cfg conf'],
  ['properties', 'properties editorconfig'],
  ['xml', 'xml xsd xsl xslt svg csproj fsproj vbproj props targets plist'],
  ['markdown', 'md markdown mkd'],
  ['mdx', 'mdx'],
  ['restructuredtext', 'rst'],
  ['asciidoc', 'adoc asciidoc'],
  ['plaintext', 'txt log'],
  ['latex', 'tex'],
  ['bibtex', 'bib'],
  ['python', 'py pyi pyw'],
  ['jupyter', 'ipynb'],
  ['go', 'go'],
  ['rust', 'rs'],
  ['java', 'java'],
  ['kotlin', 'kt kts'],
  ['scala', 'scala sc sbt'],
  ['groovy', 'groovy gradle gvy'],
  ['c', 'c'],
  ['cpp', 'cc cpp cxx c++ h hh hpp hxx inl ipp'],
  ['cuda-cpp', 'cu cuh'],
  ['csharp', 'cs csx'],
  ['fsharp', 'fs fsi fsx'],
  ['vb', 'vb'],
  ['razor', 'cshtml razor'],
  ['swift', 'swift'],
  ['objective-c', 'm'],
  ['objective-cpp', 'mm'],
  ['dart', 'dart'],
  ['ruby', 'rb erb rake gemspec'],
  ['php', 'php phtml'],
  ['perl', 'pl pm t'],
  ['lua', 'lua'],
  ['r', 'r rprofile'],
  ['julia', 'jl'],
  ['elixir', 'ex exs heex'],
  ['erlang', 'erl hrl'],
  ['haskell', 'hs lhs'],
  ['ocaml', 'ml mli'],
  ['clojure', 'clj cljs cljc edn'],
  ['zig', 'zig'],
  ['nim', 'nim'],
  ['solidity', 'sol'],
  ['shellscript', 'sh bash zsh ksh'],
  ['fish', 'fish'],
  ['powershell', 'ps1 psm1 psd1'],
  ['bat', 'bat cmd'],
  ['sql', 'sql dsql'],
  ['graphql', 'graphql gql'],
  ['proto3', 'proto'],
  ['terraform', 'tf tfvars'],
  ['hcl', 'hcl'],
  ['nix', 'nix'],
  ['cmake', 'cmake'],
  ['makefile', 'mk mak'],
  ['dockerfile', 'dockerfile'],
  ['dotenv', 'env'],
  ['diff', 'diff patch'],
  ['handlebars', 'hbs handlebars'],
  ['pug', 'pug jade'],
  ['jinja', 'j2 jinja jinja2'],
  ['ignore', 'gitignore npmignore vscodeignore'],
];

const BY_EXTENSION = new Map(
  EXTENSIONS.flatMap(([language, extensions]) =>
    extensions.split(' ').map((extension): [string, string] => [extension, language]),
  ),
);

/** Every language id that the name of a file can tell. */
export const languageIds: ReadonlySet<string> = new Set([
  ...Object.values(BY_NAME),
  ...EXTENSIONS.map(([language]) => language),
]);

/**
 * The language id of a path, or `undefined` when its name says nothing. An editor that has the file open may know better:
 * extensions such as `h` and `m` are shared by several languages, and the commonest is taken.
 */
export function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name];
  if (name.startsWith('.env.')) return 'dotenv';
  if (name.startsWith('dockerfile.')) return 'dockerfile';
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : BY_EXTENSION.get(name.slice(dot + 1));
}
