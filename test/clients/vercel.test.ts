import { beforeAll } from 'vitest';
import { installClients } from './install.ts';
import { testLibraries } from './libraryCells.ts';
import { vercelLibraries } from './vercel.ts';

beforeAll(installClients, 900_000);
testLibraries(vercelLibraries);
