import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '../chat/dialect.ts';
import { type Fields, fieldsOf, isFields, listOf } from '../chat/untrusted.ts';

const DIALECTS: readonly Dialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini', 'completions'];

/** Which dialect a body is of, where its address does not say: as the query names it, else by what it has. */
export function dialectOfBody(
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
  value: unknown,
): Dialect | undefined {
  const named = query.get('dialect');
  if (named !== null) return DIALECTS.find((dialect) => dialect === named);
  const body = fieldsOf(value);
  if (Array.isArray(body['contents'])) return 'gemini';
  if (Array.isArray(body['messages'])) return isAnthropic(headers, body) ? 'anthropic-messages' : 'openai-chat';
  if ('input' in body) return 'openai-responses';
  return 'prompt' in body ? 'completions' : undefined;
}

function isAnthropic(headers: IncomingHttpHeaders, body: Fields): boolean {
  const tools = listOf(body['tools']);
  return (
    headers['anthropic-version'] !== undefined ||
    body['system'] !== undefined ||
    tools.some((tool) => isFields(tool) && 'input_schema' in tool)
  );
}
