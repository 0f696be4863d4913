/** Servers write it with and without a space. */
const noChoices = /"choices"\s*:\s*\[\s*\]/;
const betweenFrames = /(?<=\r?\n\r?\n)/;

/**
 * Whole events of a stream of chat completions without the last one, which says what the answer came to: it is asked for
 * whether the client wants it or not, since without it nobody knows the cost, and a client that did not ask may stumble
 * over a chunk without a choice. Everything else stays byte for byte.
 */
export function withoutUsageChunk(frames: Uint8Array): Uint8Array {
  const bytes = Buffer.from(frames.buffer, frames.byteOffset, frames.length);
  // One byte a character: what is looked for is plain ASCII, and lengths stay those of the bytes.
  const text = bytes.toString('latin1');
  if (!noChoices.test(text)) return frames;
  return Buffer.from(
    text
      .split(betweenFrames)
      .filter((frame) => !isUsageChunk(frame))
      .join(''),
    'latin1',
  );
}

function isUsageChunk(frame: string): boolean {
  if (!frame.startsWith('data:') || !noChoices.test(frame)) return false;
  try {
    const chunk: unknown = JSON.parse(frame.slice('data:'.length));
    return (
      typeof chunk === 'object' && chunk !== null && 'usage' in chunk && chunk.usage !== null && hasNoChoice(chunk)
    );
  } catch {
    return false; // no chunk of ours to take out
  }
}

function hasNoChoice(chunk: object): boolean {
  return 'choices' in chunk && Array.isArray(chunk.choices) && chunk.choices.length === 0;
}
