import type { AssistantPart, Conversation, UserPart } from '../chat/conversation.ts';
import { saysSomething } from './evidence/evidence.ts';
import { objectMemo } from './objectMemo.ts';

/** Commands by which an agent checks its own work. */
const check =
  /\b(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:test|check|lint|build|typecheck|tsc)\b|\b(?:vitest|jest|mocha|pytest|tox|tsc|eslint|biome|ruff|mypy|phpunit|rspec|ctest)\b|\b(?:go|cargo|dotnet|swift|mix|deno)\s+(?:test|build|vet|check|clippy)\b|\b(?:mvn|gradle|gradlew|make|bazel)\b[^\n]{0,100}\b(?:test|check|verify|build)\b/;
/** How clients say that a command ended badly, and well. */
const failedEnd =
  /\bexit(?:ed)?(?:[ _-]?(?:with|status|code))*[:=\s]{1,3}(?:[1-9]\d{0,2})\b|"exit_code"\s*:\s*[1-9]|\bexit status [1-9]/i;
const goodEnd = /\bexit(?:ed)?(?:[ _-]?(?:with|status|code))*[:=\s]{1,3}0\b|"exit_code"\s*:\s*0/i;
/** What test runners print when something is wrong. */
const failedReport =
  /^\s*(?:FAIL(?:ED)?\b|# fail [1-9]|not ok \d|error(?:\[E\d+\])?:|.{0,40}\b[1-9]\d* (?:failed|failing|errors?)\b)/m;

/** How much of the end of a result is looked at: runners sum up there. */
const endCharacters = 4_000;

/**
 * How many of the agent's own checks failed in a row at the end of a conversation: commands that test, build or lint, by
 * their exit status where the client states one, else by what runners print. Another person's words begin a new count.
 */
export function failingChecks({ messages }: Conversation): number {
  const checks = new Set<string>();
  let failed = 0;
  for (const message of messages) {
    if (failed > 0 && saysSomething(message)) failed = 0;
    for (const part of message.parts) {
      if (part.kind === 'tool-call') {
        if (isCheck(part)) checks.add(part.callId);
        else if (checks.size > 0) checks.delete(part.callId);
      } else if (checks.size > 0 && part.kind === 'tool-result' && checks.has(part.callId)) {
        failed = hasFailed(part) ? failed + 1 : 0;
      }
    }
  }
  return failed;
}

const isCheck = objectMemo((call: Extract<AssistantPart, { kind: 'tool-call' }>): boolean =>
  check.test(call.arguments.slice(0, endCharacters)),
);

const hasFailed = objectMemo(({ parts, failed }: Extract<UserPart, { kind: 'tool-result' }>): boolean => {
  const text = parts.map((part) => (part.kind === 'text' ? part.text.slice(-endCharacters) : '')).join('\n');
  if (failedEnd.test(text)) return true;
  if (goodEnd.test(text)) return false;
  return failed === true || failedReport.test(text);
});
