import { type Finding, quote, replaceWith } from '../../policy/finding.ts';
import type { Policy } from '../../policy/schema.ts';
import { mostSimilar } from '../../policy/similar.ts';
import { whenPlaces } from '../../policy/walk.ts';
import { languageIds, languageOf } from '../languages.ts';

/** Ids of languages that no name of a file tells; an editor says them of the file that it completes in. */
const EDITOR_IDS = new Set(
  'abap aspnetcorerazor coffeescript d dockercompose git-commit git-rebase github-issues haml hlsl html-erb lisp log pascal perl6 plsql prompt raku shaderlab slim stylus tex vue-html xsl'.split(
    ' ',
  ),
);

/** Names that people give languages, and that are neither their ids nor their files' extensions. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  bash: 'shellscript',
  shell: 'shellscript',
  'c#': 'csharp',
  'f#': 'fsharp',
  docker: 'dockerfile',
  golang: 'go',
  objc: 'objective-c',
  objectivec: 'objective-c',
  protobuf: 'proto3',
  text: 'plaintext',
  make: 'makefile',
};

/**
 * Ids in `languages` that no file has. One that is another name of a language is a mistake; of one that nobody here has
 * heard of an extension of some editor may have.
 */
export function unknownLanguages(policy: Policy): readonly Finding[] {
  return [...whenPlaces(policy)].flatMap(({ value, path }) =>
    (value.languages ?? []).flatMap((language, index): readonly Finding[] => {
      if (languageIds.has(language) || EDITOR_IDS.has(language)) return [];
      const about = { code: 'unknown-language', path: [...path, 'languages', index] } as const;
      const meant = meantLanguage(language);
      if (meant === undefined) {
        const message = `No file is known to be in the language ${quote(language)}, so only an editor that calls it so matches. Check the id, or name the files by "files".`;
        return [{ ...about, severity: 'information', message }];
      }
      const message = `No language has the id ${quote(language)}, so this matches nothing. Did you mean ${quote(meant)}?`;
      return [{ ...about, severity: 'warning', message, ...replaceWith(meant) }];
    }),
  );
}

function meantLanguage(written: string): string | undefined {
  const name = written.toLowerCase();
  if (languageIds.has(name)) return name;
  if (Object.hasOwn(OTHER_NAMES, name)) return OTHER_NAMES[name];
  return languageOf(`file.${name.replace(/^\./, '')}`) ?? mostSimilar(name, languageIds);
}
