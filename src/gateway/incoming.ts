import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ClientDialect, ReadRequest } from '../chat/dialect.ts';
import { RequestFault } from '../chat/dialect.ts';
import type { JsonBody } from '../chat/json-body.ts';
import { fieldsOf } from '../chat/untrusted.ts';
import type { ChatParams } from '../contract/messages.ts';
import { recogniseClient } from './clients.ts';
import type { AnswerDialect } from './dialects.ts';
import type { Addressed } from './endpoints.ts';
import { GatewayRefusal } from './refusal.ts';
import { type RootGround, rootsOf } from './requestRoot.ts';
import { completionIn } from './textCompletions.ts';
import { readUnread } from './unread.ts';
import { isUtility } from './utility.ts';

/** A client's request, read: what it says, and what the router is asked. */
export interface Incoming {
  readonly dialect: ClientDialect | AnswerDialect;
  readonly body: JsonBody;
  readonly read: ReadRequest;
  readonly params: ChatParams;
}

export interface IncomingGround extends RootGround {
  knowsProvider(id: string): boolean;
}

/** What the request says beside its body. */
export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly addressed?: Addressed | undefined;
  /** Of the client's base URL. */
  readonly folder?: string | undefined;
}

/** @throws {GatewayRefusal} */
export async function readIncoming(
  ground: IncomingGround,
  dialect: ClientDialect | AnswerDialect,
  body: JsonBody,
  { headers, addressed, folder }: Asked,
): Promise<Incoming> {
  const inBody = readRequest(dialect, body);
  const read = addressed ? { ...inBody, ...addressed } : inBody;
  const { conversation } = read;
  const client = recogniseClient(headers, conversation, body.value);
  const isCompletion = completionIn(conversation) !== undefined;
  const named = { header: headers['x-routing-root'], startedIn: folder };
  const roots = await rootsOf(named, isCompletion ? undefined : conversation, ground);
  const isOwn = !isCompletion && isUtility(conversation);
  const unread = readUnread(dialect.id, body.value, conversation);
  const kind = isCompletion ? 'completion' : isOwn ? 'title' : undefined;
  return {
    dialect,
    body,
    read,
    params: {
      id: randomUUID(),
      conversation,
      ...(unread.messages.length === 0 ? {} : { unread: unread.messages }),
      ...(unread.keptAt === undefined ? {} : { keptAt: unread.keptAt }),
      surface: isOwn ? 'utility' : 'gateway',
      ...(kind === undefined ? {} : { kind }),
      client: client.name,
      ...(client.conversationId === undefined ? {} : { conversationId: client.conversationId }),
      roots,
      requestedModel: requestedModel(read.model, ground),
    },
  };
}

/** @throws {GatewayRefusal} where the body is none of its dialect */
export function readRequest(dialect: AnswerDialect, { value }: JsonBody): ReadRequest {
  if (dialect.id === 'openai-responses' && fieldsOf(value)['background'] === true) {
    const why = 'what it answers could neither be followed nor counted';
    throw new GatewayRefusal(
      400,
      'bad-request',
      `background: a request in the background is not passed on, because ${why}. Leave it out.`,
    );
  }
  try {
    return dialect.readRequest(value);
  } catch (error) {
    if (error instanceof RequestFault) throw new GatewayRefusal(400, 'bad-request', error.message);
    throw error;
  }
}

/** Clients name models by habit; one that names a provider of ours as well means it. */
function requestedModel(model: string, { knowsProvider }: IncomingGround): string {
  const slash = model.indexOf('/');
  return slash > 0 && slash < model.length - 1 && knowsProvider(model.slice(0, slash)) ? model : 'auto';
}
