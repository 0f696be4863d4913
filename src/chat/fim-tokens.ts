/** The words by which a family of models marks the parts of a fill-in-the-middle prompt. */
interface FimTokens {
  readonly render: (prefix: string, suffix: string) => string;
  /** Tokens that structure the prompt or end the answer. */
  readonly tokens: readonly string[];
}

function inOrder(prefixMark: string, suffixMark: string, middleMark: string, ...endings: readonly string[]): FimTokens {
  return {
    render: (prefix, suffix) => `${prefixMark}${prefix}${suffixMark}${suffix}${middleMark}`,
    tokens: [prefixMark.trim(), suffixMark.trim(), middleMark.trim(), ...endings],
  };
}

/** By what the model's name contains; the first that matches. Sources: the model cards of each family. */
const families: readonly (readonly [RegExp, FimTokens])[] = [
  [
    /codestral|devstral|mistral/i,
    { render: (prefix, suffix) => `[SUFFIX]${suffix}[PREFIX]${prefix}`, tokens: ['[SUFFIX]', '[PREFIX]', '[MIDDLE]'] },
  ],
  [/deepseek/i, inOrder('<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>', '<｜end▁of▁sentence｜>')],
  [/codellama|code-llama/i, inOrder('<PRE> ', ' <SUF>', ' <MID>', '<EOT>')],
  [/codegemma/i, inOrder('<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>', '<|file_separator|>')],
  [
    /starcoder|stable-code|granite|santacoder|refact/i,
    inOrder('<fim_prefix>', '<fim_suffix>', '<fim_middle>', '<|endoftext|>', '<file_sep>'),
  ],
  [
    /qwen/i,
    inOrder(
      '<|fim_prefix|>',
      '<|fim_suffix|>',
      '<|fim_middle|>',
      '<|endoftext|>',
      '<|fim_pad|>',
      '<|repo_name|>',
      '<|file_sep|>',
      '<|im_end|>',
    ),
  ],
];

/**
 * The prompt in the model's own tokens, with the words at which it must stop; undefined for a model whose tokens are not
 * known. Source text that contains such a token is cut there: it would be read as structure.
 */
export function renderFim(
  model: string,
  prefix: string,
  suffix: string,
): { readonly prompt: string; readonly stop: readonly string[] } | undefined {
  const found = families.find(([pattern]) => pattern.test(model))?.[1];
  if (found === undefined) return undefined;
  const from = Math.max(0, ...found.tokens.map((token) => after(prefix, token)));
  const to = Math.min(suffix.length, ...found.tokens.map((token) => before(suffix, token)));
  return { prompt: found.render(prefix.slice(from), suffix.slice(0, to)), stop: found.tokens };
}

function after(text: string, token: string): number {
  const at = text.lastIndexOf(token);
  return at < 0 ? 0 : at + token.length;
}

function before(text: string, token: string): number {
  const at = text.indexOf(token);
  return at < 0 ? text.length : at;
}
