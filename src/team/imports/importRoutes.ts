import { type Context, Hono } from 'hono';
import { requireRole } from '../access/guards.ts';
import { refuse } from '../http/refusal.ts';
import type { TeamEnv, TeamServices } from '../services.ts';
import { importFile, MOST_IMPORT_BYTES } from './importFile.ts';
import { importPage, resultPage } from './importPages.tsx';
import { type ImportSource, importSources } from './importTables.ts';

/** A form with one file; what stands around that is small. */
const FORM = { formBytes: MOST_IMPORT_BYTES + 64 * 1024 };

/** Where admins take in what was billed elsewhere. */
export function importRoutes(services: TeamServices): Hono<TeamEnv> {
  const app = new Hono<TeamEnv>();
  const admin = requireRole(services, 'admin', FORM);
  app.get('/imports', admin, (context) => context.html(importPage(frameOf(context, 'Import a bill'))));
  app.post('/imports', admin, async (context) => {
    const { orgId, name: who } = context.get('person');
    const form = await context.req.parseBody();
    const source = importSources.find((one) => one === form['source']);
    if (source === undefined) return refuse(400, `A bill is of ${importSources.join(', ')}.`);
    const bytes = await fileOf(form['file']);
    if (bytes === undefined || bytes.length === 0) return refuse(400, 'Choose the file that was downloaded.');
    const imported = await importFile(services, { orgId, source, bytes, who });
    return context.html(
      resultPage(frameOf(context, 'Import a bill'), imported),
      imported.kind === 'refused' ? 422 : 200,
    );
  });
  return app;
}

/** A source as a command line names it. */
export function importSource(written: string): ImportSource | undefined {
  return importSources.find((one) => one === written);
}

function frameOf(context: Context<TeamEnv>, title: string) {
  return { title, nonce: context.get('nonce'), person: context.get('person') };
}

async function fileOf(value: unknown): Promise<Buffer | undefined> {
  if (value instanceof File) return Buffer.from(await value.arrayBuffer());
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : undefined;
}
