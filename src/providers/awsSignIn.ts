import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SignIn, SignInPorts, UnsignedRequest } from './signIn.ts';

/** What the credential chain asks of whoever carries its requests, such as those to AWS's single sign-on. */
interface AwsRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/**
 * AWS's signature, version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html),
 * with the credentials of AWS's own chain: environment, profiles, single sign-on, processes, roles.
 */
export function awsSignIn({ fetch, env }: SignInPorts): SignIn {
  const credentials = defaultProvider({ clientConfig: { requestHandler: requestHandler(fetch) } });
  return {
    authorize: async (request) => {
      const signer = new SignatureV4({
        service: serviceOf(request.url),
        region: regionOf(request.url, env),
        credentials,
        sha256: Sha256,
        // The path is signed as it is sent, encoded once more, as every service but S3 expects.
        uriEscapePath: true,
      });
      const { headers } = await signer.sign(toSign(request));
      const { host, 'content-type': contentType, ...added } = headers;
      return added;
    },
  };
}

/** Only what no proxy changes is signed: the host, the type and the body. */
function toSign({ url, method, body, contentType }: UnsignedRequest) {
  return {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    path: url.pathname,
    query: Object.fromEntries(
      [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name)]),
    ),
    headers: { host: url.host, ...(contentType !== null && { 'content-type': contentType }) },
    body,
  };
}

/** Bedrock's endpoint for OpenAI's dialects is of its older service; the one for Anthropic's messages is of its own. */
function serviceOf({ hostname }: URL): string {
  return hostname.includes('bedrock-runtime') ? 'bedrock' : 'bedrock-mantle';
}

/** As the host says, such as `bedrock-mantle.eu-west-1.api.aws`; else as AWS's tools are told. */
function regionOf({ hostname }: URL, env: SignInPorts['env']): string {
  const named = hostname.split('.').find((label) => /^[a-z]{2,3}(?:-[a-z]+)+-\d$/.test(label));
  const region = named ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region === undefined || region === '') throw new Error('No region.');
  return region;
}

function requestHandler(fetch: typeof globalThis.fetch) {
  return {
    handle: async (request: AwsRequest, { abortSignal }: { abortSignal?: unknown } = {}) => {
      const { protocol, hostname, port, path, query = {}, method, headers, body } = request;
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      for (const [name, value] of Object.entries(query)) {
        for (const one of typeof value === 'string' ? [value] : (value ?? [])) url.searchParams.append(name, one);
      }
      const response = await fetch(url, {
        method,
        headers,
        ...(body !== undefined && { body }),
        ...(abortSignal instanceof AbortSignal && { signal: abortSignal }),
      });
      return {
        response: {
          statusCode: response.status,
          headers: Object.fromEntries(response.headers),
          body: response.body === null ? undefined : Readable.fromWeb(response.body as ReadableStream),
        },
      };
    },
  };
}

/** SHA-256, or HMAC with it, in the form that the signer takes. */
class Sha256 {
  readonly #secret: Uint8Array | string | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = typeof secret === 'string' || secret === undefined ? secret : bytesOf(secret);
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }

  update(piece: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof piece === 'string' ? piece : bytesOf(piece));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#start();
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
