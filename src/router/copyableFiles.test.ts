import { expect, test } from 'vitest';
import { isCopyable } from './copyableFiles.ts';

test.each([
  'src/secrets/keys.ts',
  'config/credentials.py',
  'config/secrets.yaml',
  'config/secrets.prod.yaml',
  'deploy/app-secrets.yml',
  'src/Credentials/live.ts',
  'lib/db_passwords.rb',
  '.aws/config.sh',
  'home/.ssh/config.sh',
  '.gnupg/agent.sh',
  'infra/prod.tfvars',
  'infra/prod.auto.tfvars',
  'infra/terraform.tfstate',
  'vault.kdbx',
  'id_rsa.py',
  '.npmrc',
  '.pypirc',
  '.netrc',
  '.env.ts',
  'prod.env',
  'server.pem',
  'src/api_keys.ts',
])('%s is called what secrets are called', (path) => {
  expect(isCopyable(path)).toBe(false);
});

test.each(['data.json', 'README.md', 'settings.ini', 'app.properties', 'notes', 'dist/bundle.min.js'])(
  '%s is not code',
  (path) => {
    expect(isCopyable(path)).toBe(false);
  },
);

test.each([
  'src/secretStore.ts',
  'src/password_reset.py',
  'src/PasswordInput.tsx',
  'src/keys.ts',
  'src/keyboard.ts',
  'infra/main.tf',
  '.github/workflows/check.yaml',
  'src/environment.ts',
  'src/identity.ts',
])('%s is code', (path) => {
  expect(isCopyable(path)).toBe(true);
});
