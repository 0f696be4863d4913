import { rewriteJson } from '../chat/rewrite.ts';
import type { ForwardRequest } from './provider.ts';

/** How Claude is asked on Google's Vertex: the model stands in the address, the version in the body. */
export interface VertexForm {
  path(model: string, operation: ForwardRequest['operation'], stream: boolean): string;
  /** A body that we wrote. */
  written(body: object): object;
  /** A client's body. */
  body(request: ForwardRequest): Buffer;
}

const version = 'vertex-2023-10-16';

/** Whether an address is that of a publisher's models on Vertex: `…/publishers/PUBLISHER/models`. */
export function isVertex({ pathname }: URL, publisher: 'anthropic' | 'google'): boolean {
  return pathname.replace(/\/$/, '').endsWith(`/publishers/${publisher}/models`);
}

/** undefined: the address is not of Vertex, and Anthropic's own form holds. */
export function vertexForm(baseUrl: URL): VertexForm | undefined {
  if (!isVertex(baseUrl, 'anthropic')) return undefined;
  return {
    path: (model, operation, stream) => {
      if (operation === 'count-tokens') return '/count-tokens:rawPredict';
      // Its ids have an `@` before the day, which is not encoded there.
      return `/${encodeURIComponent(model).replaceAll('%40', '@')}:${stream ? 'streamRawPredict' : 'rawPredict'}`;
    },
    written: (body) => {
      const { model, ...rest } = body as { readonly model?: unknown };
      return { anthropic_version: version, ...rest };
    },
    body: ({ body, operation }) =>
      rewriteJson(body, [
        { kind: 'set', path: ['anthropic_version'], value: version },
        // Counting has one address for all models.
        ...(operation === 'answer' ? [{ kind: 'remove', path: ['model'] } as const] : []),
      ]),
  };
}
