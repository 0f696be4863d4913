// The team's server as a process that can be killed. Arguments: its folder or its database's address, and its port.
// Its first line: a token that lets usage in.
import { createToken } from '../../src/team/access/machineTokens.ts';
import { startTeamServer } from '../../src/team/main.ts';
import { OWN_ORG } from '../../src/team/organisation.ts';

const [where = '', port = '0'] = process.argv.slice(2);
const server = await startTeamServer({
  place: where.includes('://') ? { kind: 'url', url: where } : { kind: 'folder', folder: where },
  host: '127.0.0.1',
  port: Number(port),
  log: (level, message) => process.stderr.write(`${level}: ${message}\n`),
});
const { token } = await createToken(server.database, { orgId: OWN_ORG, teamId: 1, scope: 'ingest' }, Date.now());
process.stdout.write(`${token}\n`);
void server.failed.then((why) => {
  process.stderr.write(`error: ${why.message}\n`);
  process.exit(1);
});
process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
