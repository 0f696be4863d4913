import * as z from 'zod';

/**
 * The one shape of `routingPolicy.providers` and of the command line's providers file. It comes from the user or the
 * machine, never from a repository.
 */
export const wires = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'fim',
  'editor',
  'workspace-copy',
] as const;
export type Wire = (typeof wires)[number];

export const fimShapes = ['mistral', 'ollama', 'llama.cpp', 'openai', 'deepseek', 'vllm'] as const;
export type FimShape = (typeof fimShapes)[number];

/** Clouds whose customers have no key for a provider, but credentials that they lend for minutes, or sign with. */
export const signIns = ['aws', 'google', 'entra'] as const;
export type SignInName = (typeof signIns)[number];

const key = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ command: z.array(z.string().min(1)).min(1) }),
  z.literal('passthrough'),
]);
export type KeySource = z.output<typeof key>;

export const providerSettingSchema = z.strictObject({
  wire: z.enum(wires).optional().describe('The protocol it speaks.'),
  baseUrl: z.url().optional().describe('Where it is. Plain http only on loopback, or with "insecure".'),
  key: key.optional().describe("Where its key comes from; left out, the editor's secret storage."),
  auth: z
    .enum(['bearer', 'api-key', 'x-api-key', 'x-goog-api-key', 'none', ...signIns])
    .optional()
    .describe('How the key is sent; or with "aws", "google" or "entra", whose sign-in stands in place of a key.'),
  shape: z.enum(fimShapes).optional().describe('The form of fill-in-the-middle requests, with wire "fim".'),
  fim: z
    .strictObject({ shape: z.enum(fimShapes), baseUrl: z.url().optional() })
    .optional()
    .describe('Fill-in-the-middle beside chat.'),
  vendor: z.string().min(1).optional().describe('With wire "editor": the vendor of the editor\'s language models.'),
  local: z.boolean().optional().describe('On this machine.'),
  insecure: z.literal(true).optional().describe('Allow plain http to another machine.'),
  anthropicVersion: z.string().optional().describe('For compatible endpoints that lag.'),
  residency: z.string().optional(),
  retention: z.string().optional(),
  makers: z.array(z.string()).optional().describe('Whose models it serves, where that is known.'),
  billing: z.enum(['metered', 'pool', 'seat']).optional(),
  discountPercent: z.number().min(0).max(100).optional(),
  simulated: z.literal(true).optional().describe('A stand-in, labelled so wherever a person sees it.'),
  prices: z
    .record(
      z.string(),
      z.strictObject({
        inputUsd: z.number().nonnegative(),
        outputUsd: z.number().nonnegative(),
        cacheReadUsd: z.number().nonnegative().optional(),
        cacheWriteUsd: z.number().nonnegative().optional(),
        asOf: z.string(),
      }),
    )
    .optional()
    .describe('Prices by model, in US dollars per million tokens.'),
});

export const providersSettingSchema = z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/), providerSettingSchema);

export type ProviderSetting = z.output<typeof providerSettingSchema>;
export type ProvidersSetting = z.output<typeof providersSettingSchema>;
