/**
 * What a path says about a file, with no file tree at hand: whether it is generated, whether it only supports the work,
 * and which module it most likely belongs to. Paths are repository-relative with `/`; nothing here touches a disk.
 */

/** The module of files that lie in the repository's root. */
export const ROOT_MODULE = '.';

/** File names that mark their directory as a module; `*.x` names an extension. */
const MANIFEST_NAMES = new Set(
  [
    'package.json deno.json deno.jsonc jsr.json Cargo.toml go.mod pyproject.toml setup.py setup.cfg pom.xml build.gradle',
    'build.gradle.kts build.sbt project.clj deps.edn composer.json mix.exs rebar.config gleam.toml Package.swift',
    'pubspec.yaml dune-project elm.json shard.yml package.yaml v.mod Project.toml project.json build.zig',
  ].flatMap((line) => line.split(' ')),
);
const MANIFEST_EXTENSION = /\.(?:csproj|fsproj|vbproj|vcxproj|gemspec|cabal|nimble|rockspec)$/;

/** Directories that hold modules side by side: the module is one segment below them. */
const CONTAINERS = new Set(
  [
    'src source packages crates libs lib libraries services service apps app applications internal pkg cmd sdk sdks modules',
    'plugins extensions projects components workspaces util utils backend server-side functions lambdas contracts drivers',
    'providers integrations connectors bindings',
  ].flatMap((line) => line.split(' ')),
);

const LOCK_FILE =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|Cargo\.lock|go\.sum|go\.work\.sum|poetry\.lock|pdm\.lock|uv\.lock|pixi\.lock|Pipfile\.lock|conda-lock\.ya?ml|composer\.lock|Gemfile\.lock|mix\.lock|Podfile\.lock|Package\.resolved|pubspec\.lock|packages\.lock\.json|gradle\.lockfile|flake\.lock|\.terraform\.lock\.hcl|MODULE\.bazel\.lock|Chart\.lock|buf\.lock)$/;

/**
 * Written by a program, by long-standing conventions of file names and folders. Snapshots are tests, not generated; a folder
 * called "dist" deeper in the tree is only taken for output when what lies in it could be a bundle.
 */
const GENERATED = [
  LOCK_FILE,
  /^dist\/|(?:^|\/)dist\/.*\.(?:[cm]?js|d\.[cm]?ts|css|html|map|wasm)$/,
  /(?:^|\/)(?:node_modules|bower_components|vendor|third_party|__generated__|_?generated|go_client|\.next|\.nuxt|\.yarn|\.venv|__pycache__)\//,
  /\.(?:min\.(?:js|mjs|css)|(?:js|mjs|cjs|css|d\.ts)\.map|bundle\.js)$/,
  /\.(?:pb|pb\.gw|pb\.validate|connect|gen|generated|g|freezed)\.(?:go|ts|js|dart|cs|rs|py|java|swift|h|cc)$/,
  /(?:\.pb\.(?:h|cc)|_pb2(?:_grpc)?\.pyi?|_grpc_pb\.(?:js|d\.ts)|_pb\.(?:js|ts|d\.ts|rb)|\.designer\.cs|\.g\.i\.cs)$/i,
  /(?:^|\/)zz_generated[^/]*$/,
  /_(?:generated|gen|string|easyjson|ffjson)\.go$/,
];

const TEST_FOLDER =
  /(?:^|\/)(?:tests?|__tests__|specs?|__specs__|e2e|(?:e2e|unit|integration|functional|acceptance|smoke)[-_]tests?|testdata|test[-_]data|testutils?|test[-_]?helpers?|fixtures?|__fixtures__|testFixtures|__mocks__|__snapshots__|golden|cypress|playwright|benches|benchmarks?|androidTest|integrationTest)\//;
const TEST_FILE =
  /(?:[._-](?:test|tests|spec|e2e|bench|stories|snap|cy)\.[^/]+|_(?:test|tests|spec)\.[a-z]+|(?:^|\/)(?:test_[^/]*|conftest|tests?)\.[a-z]+|(?:Test|Tests|TestCase|Spec|IT)\.(?:java|kt|kts|scala|cs|swift|php|groovy)|(?:(?:^|\/)mock_[^/]*|_mock)\.go|\.(?:snap|shot|golden|feature))$/;

/** Any folders, none of them called `src`: what lies in there is code, whatever its folder is called. */
const OUTSIDE_SRC = '^(?:(?!src/)[^/]+/)*';

const DOC_FOLDER = new RegExp(
  '^(?:site|www|wiki|man|proposals|design)/|^(?:packages/|apps/)?website/|' +
    `${OUTSIDE_SRC}(?:docs?|documentation|adr|rfcs?|releasenotes|release-notes|changelogs|\\.changes?|\\.changeset)/`,
);
const DOC_FILE =
  /(?:\.(?:mdx?|markdown|qmd|rst|adoc|asciidoc|txt|org|pod|ipynb|svg|png|jpe?g|gif|webp|ico|pdf|drawio|mmd)|(?:^|\/)(?:LICEN[CS]E|NOTICE|COPYING|AUTHORS|CONTRIBUTORS|MAINTAINERS|README|CHANGELOG|CHANGES|HISTORY|SECURITY|OWNERS|CODEOWNERS|VERSION)(?:[-._][^/]*)?)$/;

const EXAMPLE_FOLDER = /(?:^|\/)(?:examples?|samples?|demos?|playgrounds?|tutorials?|notebooks)\//;

/** Folders for building, releasing and deploying: at the top, where they hold nothing else unless they have a `src`. */
const CI_FOLDER = new RegExp(
  '^\\.[^/]+/|(?:^|/)\\.(?:github|gitlab|circleci|buildkite|vscode|devcontainer|husky|cargo)/|' +
    '^(?:scripts?|hack|tools?|ci|build|docker|deploy|deployments?|manifests|charts?|helm|k8s|kustomize|terraform|infra|' +
    'infrastructure|nix|conda|requirements|patches|packaging|release|licenses?)/(?!(?:[^/]+/)?src/)|' +
    `${OUTSIDE_SRC}(?:scripts|third_party_licenses)/`,
);
const CI_FILE =
  /(?:^|\/)(?:\.[^/]+|Makefile|GNUmakefile|makefile|[^/]+\.mk|Justfile|justfile|Taskfile\.ya?ml|Rakefile|Dockerfile[^/]*|[^/]+\.Dockerfile|docker-compose[^/]*|compose\.ya?ml|Jenkinsfile|Procfile|Tiltfile|Vagrantfile|Earthfile|Brewfile|azure-pipelines\.ya?ml|BUILD|BUILD\.bazel|MODULE\.bazel|WORKSPACE|CMakeLists\.txt|meson\.build|gradlew(?:\.bat)?|mvnw(?:\.cmd)?|noxfile\.py|tox\.ini|taskipy\.toml)$/;

const CONFIGURATION =
  /(?:^|\/)(?:tsconfig[^/]*\.json|jsconfig\.json|biome\.jsonc?|lerna\.json|nx\.json|turbo\.json|rush\.json|project\.json|pnpm-workspace\.yaml|go\.work|[^/]+\.config\.(?:[cm]?[jt]s|json)|[^/]+\.(?:toml|ini|cfg|conf|properties|editorconfig|ya?ml)|requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt|Gemfile|Pipfile|Podfile|MANIFEST\.in|renovate\.json5?|codecov\.ya?ml|rust-toolchain|babel\.config\.[^/]+|jest\.config[^/]*|vite(?:st)?\.config[^/]*|eslint\.config[^/]*|cspell[^/]*\.json)$/;

const SUPPORT = [TEST_FOLDER, TEST_FILE, DOC_FOLDER, DOC_FILE, EXAMPLE_FOLDER, CI_FOLDER, CI_FILE, CONFIGURATION];

/** Whether this file's name marks its directory as a module (package.json, Cargo.toml, go.mod, …). */
export function isManifest(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return MANIFEST_NAMES.has(name) || MANIFEST_EXTENSION.test(name);
}

/** Whether a file is written by a program, judged by its path alone: lock files, bundles, protobuf output, vendored code. */
export function isGenerated(path: string): boolean {
  return GENERATED.some((pattern) => pattern.test(path));
}

/** Whether a file is a test, documentation, CI, an example, a manifest, a lock file or configuration: it never makes work cross-module. */
export function isSupport(path: string): boolean {
  return isManifest(path) || SUPPORT.some((pattern) => pattern.test(path)) || LOCK_FILE.test(path);
}

/**
 * The module of a path when no manifest is at hand, as an ancestor folder of it. The rule, first match:
 * 1. a file in the root belongs to {@link ROOT_MODULE};
 * 2. below a folder `src` that is not the first: what comes before `src` (`packages/core/src/a.ts` → `packages/core`);
 * 3. below a container (`packages`, `crates`, `src`, `internal`, `cmd`, …), and for Python below any top folder, because
 *    that is the one top package: the first two folders (`internal/pipe/aur/aur.go` → `internal/pipe`);
 * 4. else the top folder (`server/rbac/rbac.go` → `server`). A file directly in a container belongs to the container.
 *
 * On 3,299 real commits of the eleven repositories it was tuned on, its answer to "do the code files lie in two or more
 * modules?" is that of the manifests in the commit's own tree for 99 %.
 */
export function moduleBySegments(path: string): string {
  const folders = path.split('/').slice(0, -1);
  const [first, second] = folders;
  if (first === undefined) return ROOT_MODULE;
  const source = folders.indexOf('src', 1);
  if (source > 0) return folders.slice(0, source).join('/');
  if (second !== undefined && (CONTAINERS.has(first) || /\.pyi?$/.test(path))) return `${first}/${second}`;
  return first;
}

/**
 * The module of a path: its nearest ancestor folder in `manifestFolders` (repository-relative, without the root), else
 * {@link moduleBySegments}. The root's own manifest never makes a module: everything is below it.
 */
export function moduleByManifests(path: string, manifestFolders: ReadonlySet<string>): string {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = path.slice(0, end);
    if (manifestFolders.has(folder)) return folder;
  }
  return moduleBySegments(path);
}
