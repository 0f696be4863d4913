import { toMarkdown } from '../routing/markdown.ts';
import type { Prepared } from './prepare.ts';

const ownDefault =
  '- **Preferences: Open Settings**, then `routingPolicy.defaultTarget` – the model that serves folders without a policy and workspaces that are not trusted';

/** What the routing says in place of a model when nothing can serve a request: what was chosen, why, and the ways out. */
export function routingAnswer(prepared: Prepared): string {
  const { decision, inForce } = prepared;
  const lines = ['**No model answered this: the routing itself is speaking.**', ''];
  const nothingChosen = inForce.kind === 'none' && decision.removed.length === 0;
  lines.push(
    nothingChosen
      ? 'There is no `.routing-policy.json` here and no default model in the settings, so nothing was chosen.'
      : toMarkdown(decision),
    '',
  );
  lines.push(
    'What you can do, from the Command Palette:',
    '',
    ...(inForce.kind === 'none' || !prepared.world.trusted ? [ownDefault] : []),
    '- **Routing Policy: Add Provider Key** – kept in the editor’s secret storage',
    '- **Routing Policy: Use the Editor’s Models** – GitHub Copilot’s, or those of another extension',
    '- **Routing Policy: Find Local Models** – Ollama, LM Studio, llama.cpp, vLLM on this machine',
  );
  return lines.join('\n');
}
