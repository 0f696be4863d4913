import type { SyncFacts } from './facts.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const FACT = 'telemetry';
const no = /^(?:off|0|false|no)$/i;
const yes = /^(?:on|1|true|yes)$/i;

/** Whether the environment forbids that anything is sent: `ROUTING_POLICY_TELEMETRY=off`, or `DO_NOT_TRACK=1`. */
export function isForbidden(env: Environment): boolean {
  return no.test(env['ROUTING_POLICY_TELEMETRY'] ?? '') || yes.test(env['DO_NOT_TRACK'] ?? '');
}

/** Remembers what an editor says of its telemetry and of our setting, for processes of this user that have no editor. */
export function noteTelemetry(facts: SyncFacts, isOn: boolean): void {
  const word = isOn ? 'on' : 'off';
  if (facts.text(FACT) !== word) facts.set(FACT, word);
}

/**
 * Whether a process without an editor may send: where an editor has said so last, or none was ever seen and
 * `ROUTING_POLICY_TELEMETRY=on` stands for it. An editor that said no is not overruled.
 */
export function isAllowedWithoutEditor(facts: SyncFacts, env: Environment): boolean {
  if (isForbidden(env)) return false;
  const said = facts.text(FACT);
  return said === undefined ? yes.test(env['ROUTING_POLICY_TELEMETRY'] ?? '') : said === 'on';
}
