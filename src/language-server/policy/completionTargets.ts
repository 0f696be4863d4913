import { CompletionItemKind } from 'vscode-languageserver/node';
import { catalogue } from '../../models/catalogue.ts';
import type { DocumentPath } from '../../policy/document.ts';
import { outerNames } from '../../policy/outer.ts';
import type { Look } from './openPolicies.ts';
import { type Proposal, written } from './proposal.ts';
import { keysIn } from './texts.ts';

/** Providers whose models are looked up in the catalogue. */
const mostProviders = 100;

/** Aliases first, then models; completions may also stand aside. */
export function targetProposals(look: Look, path: DocumentPath): readonly Proposal[] {
  const { document, outer } = look.reading;
  // An alias inside itself is a cycle.
  const own = path[0] === 'models' ? path[1] : undefined;
  const aliases = new Set([...keysIn(document, ['models']), ...outerNames({ outer }).aliases.keys()]);
  return [
    ...[...aliases]
      .filter((name) => name !== own && name !== '')
      .map((name) => written(name, CompletionItemKind.Reference, { detail: 'alias' })),
    ...modelProposals(look),
    written('native', CompletionItemKind.Keyword, {
      documentation: "Completions only: stand aside for the editor's own.",
    }),
  ];
}

/** Models that can be had, of providers that can be used first. Who has a price for a model sells it; locally all are free. */
export function modelProposals({ surroundings: { knowledge }, reading }: Look): readonly Proposal[] {
  const models = catalogue.filter(({ retired }) => retired === undefined);
  const local = ['local/workspace-copy'].filter(() => knowledge.provider('local') !== undefined);
  const ordered = knowledge.providers.slice(0, mostProviders).flatMap((provider) => {
    const usable = knowledge.provider(provider)?.usable === true;
    return models
      .filter(({ id }) => {
        const price = knowledge.price(provider, id, reading.sound?.layers);
        return price !== undefined && price.source !== 'local';
      })
      .map(({ id, name, maker }) =>
        written(`${provider}/${id}`, CompletionItemKind.Constant, {
          detail: usable ? name : `${name} (${provider} cannot be used yet)`,
          documentation: `${name} by ${maker}`,
        }),
      );
  });
  return [...ordered, ...local.map((target) => written(target, CompletionItemKind.Constant))];
}

/** What an `allow` or a `deny` may say: a provider, a maker, or one model. */
export function targetGlobProposals(look: Look): readonly Proposal[] {
  const makers = [...new Set(catalogue.map(({ maker }) => maker))].toSorted();
  return [
    ...look.surroundings.knowledge.providers.map((id) => written(`${id}/*`, CompletionItemKind.Module)),
    ...makers.map((maker) => written(`maker:${maker}`, CompletionItemKind.Module)),
    ...modelProposals(look),
  ];
}
