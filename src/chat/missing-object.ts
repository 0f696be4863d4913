import { textOf } from './untrusted.ts';

const objects =
  'files?|items?|responses?|containers?|conversations?|vector[ _]stores?|prompts?|skills?|cached ?contents?|batch(?:es)?|threads?|assistants?|connectors?';
const gone = '(?:not (?:be )?found|not exist|no longer exists?|has expired|have expired)';
const missing = new RegExp(
  `\\b(?:${objects})\\b[^.!]{0,160}?\\b${gone}\\b|\\bno such (?:${objects})\\b|\\bnot found:? ['"\`]?(?:file|cntr|container|msg|resp|rs|fc|ws|vs|conv|pmpt|skill)[_-]`,
  'i',
);
const aboutModel = /\b(?:models?|deployments?)\b/i;

/**
 * Whether an error says that something which the request names, and which the provider was to have kept, is not there: a
 * file, an earlier answer, a cached content. That is the request's own doing, where a missing model is everybody's.
 *
 * @param param the part of the request that is meant, where the provider says it
 */
export function isMissingObject(message: string, param?: unknown): boolean {
  if (param === 'model' || aboutModel.test(message)) return false;
  return textOf(param) !== '' || missing.test(message);
}
