import { mistral } from './mistral.ts';

/** What one host takes otherwise than OpenAI does, in OpenAI's own dialect. */
export interface ChatQuirk {
  isAt(baseUrl: URL): boolean;
  /** The body of a chat request as this host takes it: one that we wrote, or a client's own. */
  body(bytes: Buffer): Buffer;
}

/** A new one is one file, and one name here. */
const quirks: readonly ChatQuirk[] = [mistral];

/** undefined: the host takes what OpenAI takes. */
export function chatQuirk(baseUrl: URL): ChatQuirk | undefined {
  return quirks.find((quirk) => quirk.isAt(baseUrl));
}
