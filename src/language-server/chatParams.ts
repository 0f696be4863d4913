import * as z from 'zod';
import type { ChatParams } from '../contract/messages.ts';
import { requestKinds } from '../policy/schema.ts';
import type { Surface } from '../usage/attempt.ts';

const surfaces = [
  'completion',
  'chat',
  'agent',
  'inline-chat',
  'utility',
  'extension',
  'participant',
  'gateway',
  'cli',
] as const satisfies readonly Surface[];

const text = z.string();
const textPart = z.looseObject({ kind: z.literal('text'), text });
const imagePart = z.looseObject({ kind: z.literal('image'), mediaType: text, base64: text });
const userPart = z.discriminatedUnion('kind', [
  textPart,
  imagePart,
  z.looseObject({ kind: z.literal('image-url'), url: text }),
  z.looseObject({ kind: z.literal('document'), mediaType: text, base64: text, name: text.optional() }),
  z.looseObject({
    kind: z.literal('tool-result'),
    callId: text,
    parts: z.array(z.discriminatedUnion('kind', [textPart, imagePart])),
  }),
]);
const assistantPart = z.discriminatedUnion('kind', [
  textPart,
  z.looseObject({ kind: z.literal('thinking'), text }),
  z.looseObject({ kind: z.literal('tool-call'), callId: text, name: text, arguments: text }),
]);

/** What a chat request must have for the router to read it; what is beside that is the dialects' to check. */
const chatParams = z.looseObject({
  id: text.min(1),
  conversation: z.looseObject({
    system: z.array(z.looseObject({ text })),
    messages: z.array(
      z.discriminatedUnion('role', [
        z.looseObject({ role: z.literal('user'), parts: z.array(userPart) }),
        z.looseObject({ role: z.literal('assistant'), parts: z.array(assistantPart) }),
      ]),
    ),
    tools: z.array(z.looseObject({ name: text })),
  }),
  surface: z.enum(surfaces),
  kind: z.enum(requestKinds).optional(),
  client: text,
  roots: z.array(text),
  activeFile: text.optional(),
  selected: z.boolean().optional(),
  conversationId: text.optional(),
  turnId: text.optional(),
  requestedModel: text,
});

/** A chat request as some client sent it, or a sentence on what is wrong with it. */
export function readChatParams(
  value: unknown,
): { readonly kind: 'good'; readonly params: ChatParams } | { readonly kind: 'malformed'; readonly message: string } {
  const read = chatParams.safeParse(value);
  // The shape is what was just checked; the object itself goes on, with what else the dialects look at.
  if (read.success) return { kind: 'good', params: value as ChatParams };
  const [issue] = read.error.issues;
  const where = issue?.path.length ? `"${issue.path.map(String).join('.').slice(0, 200)}"` : 'the whole';
  return {
    kind: 'malformed',
    message: `This chat request cannot be read: ${where} is not as it should be (${issue?.message.slice(0, 200) ?? 'unknown'}). Update the client that sent it.`,
  };
}
