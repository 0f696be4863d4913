import { describe, expect, it } from 'vitest';
import { languageOf } from './languages.ts';
import { isGenerated, isManifest, isSupport, moduleByManifests, moduleBySegments } from './paths.ts';

describe('support files', () => {
  it.each([
    'src/a.test.ts',
    'packages/core/__tests__/a.ts',
    'pkg/db/db_test.go',
    'app/tests/test_models.py',
    'tests/conftest.py',
    'src/test/java/com/acme/OrderTest.java',
    'src/__snapshots__/a.snap',
    'docs/guide.ts',
    'README.md',
    'LICENSE',
    'packages/core/package.json',
    'go.sum',
    '.github/workflows/ci.yml',
    '.env.example',
    'Makefile',
    'tsconfig.build.json',
    'vite.config.ts',
    'scripts/release.ts',
    'examples/basic/main.go',
    'Directory.Build/App.csproj',
    'internal/testutil/server.go',
    'modules/api/src/integrationTest/java/com/acme/A.java',
    'integration-tests/checkout.ts',
    'store/mock_store.go',
    'tools/gen/main.go',
    'packages/kit/scripts/copy.js',
    'packages/kit/docs/build.js',
    'website/src/pages/index.tsx',
  ])('%s supports the work', (path) => {
    expect(isSupport(path)).toBe(true);
  });

  it.each([
    'src/a.ts',
    'src/contest.ts',
    'src/latest/index.ts',
    'internal/testing/ports.go',
    'src/attestation.ts',
    'pkg/docstore/store.go',
    'src/manifests/read.ts',
    'packages/core/src/config.ts',
    'src/design/button.tsx',
    'api/v1/orders.proto',
    'db/migrations/0001.sql',
    'lib/specification.rb',
    'internal/pipe/changelog/changelog.go',
    'internal/snapshot/snapshot.go',
    'script/src/main/java/com/acme/Docker.java',
    'tools/cli/src/main.rs',
    'core/src/main/java/com/acme/scripts/Runner.java',
    'ui/src/components/docs/Docs.vue',
  ])('%s is work', (path) => {
    expect(isSupport(path)).toBe(false);
  });
});

describe('generated files', () => {
  it.each([
    'package-lock.json',
    'crates/a/Cargo.lock',
    'dist/index.js',
    'packages/a/dist/index.d.ts',
    'web/app.min.js',
    'api/orders.pb.go',
    'api/orders_pb2.py',
    'api/v1/zz_generated.deepcopy.go',
    'lib/user.g.dart',
    'vendor/github.com/x/y.go',
    'src/__generated__/schema.ts',
    'node_modules/a/index.js',
  ])('%s is generated', (path) => {
    expect(isGenerated(path)).toBe(true);
  });

  it.each(['src/a.ts', 'internal/pipe/dist/dist.go', 'src/__snapshots__/a.snap', 'src/generatedBy.ts', 'src/regen.ts'])(
    '%s is not',
    (path) => {
      expect(isGenerated(path)).toBe(false);
    },
  );
});

describe('the module of a path by its segments', () => {
  it.each([
    ['main.go', '.'],
    ['src/index.ts', 'src'],
    ['src/routing/decide.ts', 'src/routing'],
    ['packages/core/src/deep/a.ts', 'packages/core'],
    ['packages/core/index.ts', 'packages/core'],
    ['src/common/function/src/scalars/a.rs', 'src/common/function'],
    ['internal/pipe/aur/aur.go', 'internal/pipe'],
    ['cmd/root.go', 'cmd'],
    ['server/rbac/rbac.go', 'server'],
    ['ibis/backends/duckdb/a.py', 'ibis/backends'],
    ['sdk/python/kfp/dsl/a.py', 'sdk/python'],
    ['frontend/src/pages/a.tsx', 'frontend'],
    ['orders/src/main/java/com/acme/A.java', 'orders'],
    ['src/main/java/com/acme/A.java', 'src/main'],
  ])('%s is in %s', (path, module) => {
    expect(moduleBySegments(path)).toBe(module);
  });
});

describe('the module of a path by manifests', () => {
  const folders = new Set(['web', 'web/plugins/chart', 'tools/gen']);
  it.each([
    ['web/app/main.ts', 'web'],
    ['web/plugins/chart/draw.ts', 'web/plugins/chart'],
    ['web/package.json', 'web'],
    ['webby/a.ts', 'webby'],
    ['tools/other/a.ts', 'tools'],
    ['a.ts', '.'],
  ])('%s is in %s', (path, module) => {
    expect(moduleByManifests(path, folders)).toBe(module);
  });

  it('knows manifests by name and by extension', () => {
    expect(['a/Cargo.toml', 'go.mod', 'x/App.csproj', 'b/pom.xml', 'libs/a/project.json'].every(isManifest)).toBe(true);
    expect(['a/cargo.toml.bak', 'go.modx', 'csproj', 'my-package.json'].some(isManifest)).toBe(false);
  });
});

describe('languages', () => {
  it.each([
    ['src/a.ts', 'typescript'],
    ['src/a.d.ts', 'typescript'],
    ['src/App.TSX', 'typescriptreact'],
    ['Dockerfile', 'dockerfile'],
    ['docker/Dockerfile.dev', 'dockerfile'],
    ['.env.local', 'dotenv'],
    ['a/.gitignore', 'ignore'],
    ['x.rs', 'rust'],
    ['constructor', undefined],
    ['x.constructor', undefined],
    ['LICENSE', undefined],
  ])('%s is %s', (path, language) => {
    expect(languageOf(path)).toBe(language);
  });
});
