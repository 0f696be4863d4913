import type { AnalysisCode, DiagnosticCode } from '../../src/policy/diagnostic.ts';

/** What the page about diagnostics says of one code. What the diagnostic itself says is asked of the checks. */
export interface DiagnosticEntry {
  /** Why it is told. For codes of reasoning this stands with the code itself. */
  readonly means: string;
  /** A whole policy, or keys that are put into one. */
  readonly example: string;
  /** What to do about it. */
  readonly mend: string;
  /** The same after mending. */
  readonly mended: string;
}

type Written = Readonly<Record<Exclude<DiagnosticCode, AnalysisCode>, DiagnosticEntry>> &
  Readonly<Record<AnalysisCode, Omit<DiagnosticEntry, 'means'>>>;

const paragraph =
  'the words of a whole paragraph, which nobody will ever write into a prompt in just this order, so it never matches';

/** An entry for each code there is: without one, this does not compile. */
export const diagnosticEntries = {
  'too-large': {
    means: 'A part of the file is larger than any policy that people can still read, and would keep the router busy.',
    example: `"classes": [{ "id": "x", "when": { "keywords": ["${paragraph}"] }, "use": "openai/gpt-6-luna" }]`,
    mend: 'Shorten it as the sentence says: name the words that matter, use "*" in place of long lists, join rules.',
    mended: '"classes": [{ "id": "x", "when": { "keywords": ["rename"] }, "use": "openai/gpt-6-luna" }]',
  },
  'too-deep': {
    means: 'Brackets or conditions are nested deeper than anybody can follow.',
    example: `"classes": [{ "id": "x", "when": ${'{ "not": '.repeat(9)}{ "kind": "chat" }${' }'.repeat(9)}, "use": "openai/gpt-6-luna" }]`,
    mend: 'Say it more simply. Two "not" inside each other are none.',
    mended: '"classes": [{ "id": "x", "when": { "not": { "kind": "chat" } }, "use": "openai/gpt-6-luna" }]',
  },
  syntax: {
    means:
      'The text is no JSON with comments. Nothing in it can be relied on, so the last good version stays in force.',
    example: '"classes": [{ "id": "docs" "when": { "files": ["**/*.md"] }, "use": "openai/gpt-6-luna" }]',
    mend: 'Put in or take away what the sentence names.',
    mended: '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "openai/gpt-6-luna" }]',
  },
  'duplicate-key': {
    means: 'A key stands twice in one object. Which of the two was meant is not a guess to make.',
    example: '"mode": "warn", "mode": "enforce"',
    mend: 'Keep one of them.',
    mended: '"mode": "enforce"',
  },
  'unknown-key': {
    means: 'Nothing reads this key. A misspelt rule that is ignored would be a hole in a fence, so it is an error.',
    example: '"constraints": [{ "id": "eu", "dney": ["openai/*"], "reason": "no contract" }]',
    mend: 'Correct the name (there is a quick fix where one is near), or remove the key.',
    mended: '"constraints": [{ "id": "eu", "deny": ["openai/*"], "reason": "no contract" }]',
  },
  'missing-key': {
    means: 'A key is missing without which this cannot be carried out, or without which nothing would happen.',
    example: '"constraints": [{ "id": "no-direct", "deny": ["openai/*"] }]',
    mend: 'Add it.',
    mended: '"constraints": [{ "id": "no-direct", "deny": ["openai/*"], "reason": "only contracted endpoints" }]',
  },
  'bad-value': {
    means: 'A value is of another kind than the key wants, or out of its bounds.',
    example: '"mode": "enforced"',
    mend: 'Write what the sentence asks for.',
    mended: '"mode": "enforce"',
  },
  'bad-glob': {
    means: 'A glob that can never match, that most likely means something else, or that would take too long.',
    example: '"diff": { "ignore": ["/src/parser/**"] }',
    mend: 'Globs begin at the root of the repository and name files: "gen/**", not "/gen/**", "./gen/**" or "gen/". Escape "[" as in "app/\\\\[id\\\\]/**".',
    mended: '"diff": { "ignore": ["src/parser/**"] }',
  },
  'bad-range': {
    means: 'No number lies in this range, or it is not written as one.',
    example: '"classes": [{ "id": "x", "when": { "diff": { "lines": "100..10" } }, "use": "openai/gpt-6-luna" }]',
    mend: 'Write a number, "<=3", "<3", ">=2", ">2" or "10..100".',
    mended: '"classes": [{ "id": "x", "when": { "diff": { "lines": "10..100" } }, "use": "openai/gpt-6-luna" }]',
  },
  'duplicate-id': {
    means: 'Two rules of one kind have the same id. Explanations, records and tests go by it.',
    example:
      '"budgets": [{ "id": "me", "per": "developer", "period": "day", "usd": 10, "then": "warn" }, { "id": "me", "per": "developer", "period": "month", "usd": 100, "then": "block" }]',
    mend: 'Give one of them another id.',
    mended:
      '"budgets": [{ "id": "my-day", "per": "developer", "period": "day", "usd": 10, "then": "warn" }, { "id": "me", "per": "developer", "period": "month", "usd": 100, "then": "block" }]',
  },
  'unknown-alias': {
    means: 'A target without a "/" is an alias, and neither "models" here nor a layer around this file has it.',
    example:
      '"models": { "small": "openai/gpt-6-luna" }, "classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "smal" }]',
    mend: 'Correct the name, define it in "models", or write "provider/model".',
    mended:
      '"models": { "small": "openai/gpt-6-luna" }, "classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "small" }]',
  },
  'alias-cycle': {
    means: 'An alias leads back to itself, so it comes to no model at all.',
    example: '"models": { "small": "cheap", "cheap": "small" }',
    mend: 'Remove one of the steps.',
    mended: '"models": { "small": "cheap", "cheap": "openai/gpt-6-luna" }',
  },
  'unknown-class': {
    means: 'A route or a test names a class that there is not.',
    example:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] } }], "routes": { "doc": { "use": "openai/gpt-6-luna" } }',
    mend: 'Correct the name, or add the class.',
    mended:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] } }], "routes": { "docs": { "use": "openai/gpt-6-luna" } }',
  },
  'unknown-gate': {
    means: 'A rule or a test asks for a review that "review" does not define, here or in a layer around this file.',
    example:
      '"constraints": [{ "id": "wide", "when": { "diff": { "modules": ">=4" } }, "review": "senior", "reason": "wide changes are read" }]',
    mend: 'Define the gate in "review", or correct its name.',
    mended:
      '"review": { "senior": { "who": "@acme/staff" } }, "constraints": [{ "id": "wide", "when": { "diff": { "modules": ">=4" } }, "review": "senior", "reason": "wide changes are read" }]',
  },
  'unknown-budget': {
    means: 'A test says what is spent of a budget that there is not, so it does not test what it seems to.',
    example: '"tests": [{ "given": { "kind": "chat", "spent": { "day": 26 } }, "expect": { "class": "default" } }]',
    mend: 'Correct the name, or add the budget.',
    mended: '"tests": [{ "given": { "kind": "chat", "spent": { "task": 26 } }, "expect": { "class": "default" } }]',
  },
  'unknown-model': {
    means:
      "The catalogue does not know this model, and its maker, whose own endpoint this is, has one of nearly that name. Only a note: a model may be newer than the catalogue. No provider's own list is asked for, so a name with nothing near it is left alone.",
    example: '"models": { "mid": "anthropic/claude-sonet-5-5" }',
    mend: 'Correct the name; there is a quick fix where one is near.',
    mended: '"models": { "mid": "anthropic/claude-sonnet-5-5" }',
  },
  'unknown-provider': {
    means: 'No provider of this name is configured or well known, so nothing can be sent there from here.',
    example: '"models": { "mid": "antropic/claude-sonnet-5-5" }',
    mend: 'Correct the name, or add the provider to the setting `routingPolicy.providers`.',
    mended: '"models": { "mid": "anthropic/claude-sonnet-5-5" }',
  },
  'retired-model': {
    means: 'Its maker no longer serves this model.',
    example: '"models": { "large": "anthropic/claude-opus-4-1" }',
    mend: 'Take its successor; there is a quick fix where one is known.',
    mended: '"models": { "large": "anthropic/claude-opus-5-5" }',
  },
  'unpriced-model': {
    means: 'The price of this model is not known, and a budget or a cap needs it: what cannot be counted is kept out.',
    example:
      '"models": { "own": "anthropic/house-blend" }, "budgets": [{ "id": "me", "per": "developer", "period": "day", "usd": 10, "then": "block" }]',
    mend: 'Write its price into "prices", or let the budget pass it with "onUnknown": "open".',
    mended:
      '"models": { "own": "anthropic/house-blend" }, "prices": { "anthropic/house-blend": { "inputUsd": 1, "outputUsd": 5, "asOf": "2026-11-01" } }, "budgets": [{ "id": "me", "per": "developer", "period": "day", "usd": 10, "then": "block" }]',
  },
  'two-routes': {
    means: 'A class says itself where it goes, and "routes" says so too.',
    example:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "openai/gpt-6-luna" }], "routes": { "docs": { "use": "openai/gpt-6-sol" } }',
    mend: 'Keep one of the two.',
    mended:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] } }], "routes": { "docs": { "use": "openai/gpt-6-sol" } }',
  },
  'no-route': {
    means: 'A class goes where "default" says. That may be meant, for a class that only carries a gate.',
    example: '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] } }]',
    mend: 'Add "use" if it should go elsewhere.',
    mended: '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "openai/gpt-6-luna" }]',
  },
  'spoofable-constraint': {
    means:
      'A constraint or a budget rests on the words of the prompt, or on what a client declares. Whoever is to be held back can write those.',
    example:
      '"constraints": [{ "id": "x", "when": { "keywords": ["customer"] }, "deny": ["openai/*"], "reason": "no contract for customer data" }]',
    mend: 'Rest it on facts: "touches", "diff", "kind", "branch".',
    mended:
      '"constraints": [{ "id": "x", "when": { "touches": ["**/customers/**"] }, "deny": ["openai/*"], "reason": "no contract for customer data" }]',
  },
  'claimed-constraint': {
    means: 'A constraint rests on "client" or "team", which are what the client and the machine claim.',
    example:
      '"constraints": [{ "id": "x", "when": { "client": ["nightly-agent"] }, "deny": ["openai/*"], "reason": "trial" }]',
    mend: 'Leave the condition out where the constraint has to hold. Leave it where nobody gains by claiming.',
    mended: '"constraints": [{ "id": "x", "deny": ["openai/*"], "reason": "trial" }]',
  },
  'native-misplaced': {
    means: '"native" stands aside for the editor\'s own completions, and here other requests can arrive.',
    example: '"classes": [{ "id": "quick", "when": { "kind": "chat" }, "use": "native" }]',
    mend: 'Name a model, or give completions a class of their own.',
    mended: '"classes": [{ "id": "quick", "when": { "kind": "completion" }, "use": "native" }]',
  },
  'empty-constraint': {
    means: 'A constraint that says only where and why forbids nothing.',
    example:
      '"constraints": [{ "id": "payments", "when": { "touches": ["services/payments/**"] }, "reason": "contract" }]',
    mend: 'Say what it asks for: allow, deny, hosts, local, block, residency, retention, maxCostUsd, review or attested.',
    mended:
      '"constraints": [{ "id": "payments", "when": { "touches": ["services/payments/**"] }, "deny": ["openai/*"], "reason": "contract" }]',
  },
  'empty-test': {
    means: 'A test that expects nothing passes whatever the policy does.',
    example: '"tests": [{ "name": "plans", "given": { "kind": "plan" }, "expect": {} }]',
    mend: 'Say what is to come of it: class, model, provider, review, blocked or by.',
    mended: '"tests": [{ "name": "plans", "given": { "kind": "plan" }, "expect": { "class": "default" } }]',
  },
  'not-enforced': {
    means:
      'This version reads and checks the key, and does not carry it out. A rule that looks as if it held would be worse than none.',
    example: '"review": { "senior": { "who": "@bank/principal-engineers" } }',
    mend: 'Leave it for a later version, and do not rely on it now.',
    mended: '"mode": "enforce"',
  },
  'bad-source': {
    means: 'A policy that "extends" names cannot be read, is not what its hash or key says, or leads back to itself.',
    example: '"extends": "./org/base.json"',
    mend: 'Correct the path, the hash or the key. [Where policies come from](policy-sources.md) has them all.',
    mended: '"extends": "preset:team"',
  },
  'extended-finding': {
    means:
      'A policy that "extends" names, directly or through another, has a warning of its own. It is told at the entry that brings it in, with its code and its first sentence. Whoever opens that file sees all of them.',
    example: '"extends": "./org/base.json"',
    mend: 'Mend that file, or tell those whose it is.',
    mended: '"extends": "./org/base.json"',
  },
  'failing-test': {
    means: "One of the policy's own tests does not come out as it says.",
    example:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "openai/gpt-6-luna" }], "tests": [{ "name": "docs stay cheap", "given": { "kind": "edit", "files": ["docs/a.mdx"] }, "expect": { "class": "docs" } }]',
    mend: 'Mend the rule, or the test. `routing-policy test` shows the decision.',
    mended:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.{md,mdx}"] }, "use": "openai/gpt-6-luna" }], "tests": [{ "name": "docs stay cheap", "given": { "kind": "edit", "files": ["docs/a.mdx"] }, "expect": { "class": "docs" } }]',
  },
  'unreachable-class': {
    example:
      '"classes": [{ "id": "source", "when": { "files": ["src/**"] }, "use": "openai/gpt-6-sol" }, { "id": "parser", "when": { "files": ["src/parser/**"] }, "use": "openai/gpt-6.1-sol" }]',
    mend: 'Move the narrower class up.',
    mended:
      '"classes": [{ "id": "parser", "when": { "files": ["src/parser/**"] }, "use": "openai/gpt-6.1-sol" }, { "id": "source", "when": { "files": ["src/**"] }, "use": "openai/gpt-6-sol" }]',
  },
  'shadowed-here': {
    example:
      '"classes": [{ "id": "typescript", "when": { "files": ["**/*.ts"] }, "use": "openai/gpt-6-sol" }, { "id": "core", "when": { "files": ["packages/core/src/**"] }, "use": "openai/gpt-6.1-sol" }]',
    mend: 'Move the class up, unless files that only it matches are still to come.',
    mended:
      '"classes": [{ "id": "core", "when": { "files": ["packages/core/src/**"] }, "use": "openai/gpt-6.1-sol" }, { "id": "typescript", "when": { "files": ["**/*.ts"] }, "use": "openai/gpt-6-sol" }]',
  },
  'matches-nothing': {
    example:
      '"classes": [{ "id": "docs", "when": { "files": ["docs/**/*.md", "**/*.rst", "!docs/**"] }, "use": "openai/gpt-6-luna" }]',
    mend: 'Remove the glob, or the exception that undoes it. A "!" takes away whatever its place in the list.',
    mended: '"classes": [{ "id": "docs", "when": { "files": ["**/*.rst", "!docs/**"] }, "use": "openai/gpt-6-luna" }]',
  },
  'matches-nothing-here': {
    example: '"classes": [{ "id": "ui", "when": { "files": ["packages/ui/src"] }, "use": "openai/gpt-6-luna" }]',
    mend: 'Take the quick fix, unless the files are still to come. A folder is not its files, "*.md" is only the root, and case counts.',
    mended: '"classes": [{ "id": "ui", "when": { "files": ["packages/ui/src/**"] }, "use": "openai/gpt-6-luna" }]',
  },
  'files-or-touches': {
    example:
      '"constraints": [{ "id": "secrets", "when": { "files": ["**/.env"] }, "block": true, "reason": "secrets stay here" }]',
    mend: 'Guards use "touches". Classes of small work use "files".',
    mended:
      '"constraints": [{ "id": "secrets", "when": { "touches": ["**/.env"] }, "block": true, "reason": "secrets stay here" }]',
  },
  'emptied-class': {
    example:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "openai/gpt-6-luna" }], "constraints": [{ "id": "no-openai", "deny": ["openai/*"], "reason": "no contract" }]',
    mend: 'Give the constraint an "else" that it admits, or the class another target.',
    mended:
      '"classes": [{ "id": "docs", "when": { "files": ["**/*.md"] }, "use": "anthropic/claude-haiku-5-5" }], "constraints": [{ "id": "no-openai", "deny": ["openai/*"], "reason": "no contract" }]',
  },
  diversity: {
    example:
      '"default": ["anthropic/claude-sonnet-5-5", "bedrock-eu/claude-sonnet-5-5"], "diversity": { "minSuppliers": 2, "reason": "an exit from any one supplier" }',
    mend: 'Add a target of another provider and another maker. The same model at two providers still has one maker.',
    mended:
      '"default": ["anthropic/claude-sonnet-5-5", "openai/gpt-6-sol"], "diversity": { "minSuppliers": 2, "reason": "an exit from any one supplier" }',
  },
  'unknown-language': {
    example: '"classes": [{ "id": "scripts", "when": { "languages": ["Python"] }, "use": "openai/gpt-6-luna" }]',
    mend: 'Use the ids of Visual Studio Code: "typescriptreact", "shellscript", "csharp", "proto3". There is a quick fix where one is near.',
    mended: '"classes": [{ "id": "scripts", "when": { "languages": ["python"] }, "use": "openai/gpt-6-luna" }]',
  },
  'unknown-target': {
    example: '"constraints": [{ "id": "no-openai", "deny": ["OpenAI/*"], "reason": "no contract" }]',
    mend: 'Patterns are matched with the whole of "provider/model", and letter case counts. An alias is not looked up here. There is a quick fix where a name is near.',
    mended: '"constraints": [{ "id": "no-openai", "deny": ["openai/*"], "reason": "no contract" }]',
  },
  'cheaper-escalation': {
    example: '"default": { "use": "anthropic/claude-sonnet-5-5", "escalateTo": "openai/gpt-6-luna" }',
    mend: 'Name a larger model. To try another of the same price is fine.',
    mended: '"default": { "use": "anthropic/claude-sonnet-5-5", "escalateTo": "anthropic/claude-opus-5-5" }',
  },
  expired: {
    example:
      '"constraints": [{ "id": "audit", "deny": ["google/*"], "until": "2026-06-30", "reason": "during the audit" }]',
    mend: 'Remove the rule, or give it a later day.',
    mended:
      '"constraints": [{ "id": "audit", "deny": ["google/*"], "until": "2099-06-30", "reason": "during the audit" }]',
  },
  'small-budget': {
    example: '"budgets": [{ "id": "day", "per": "developer", "period": "day", "usd": 0.0001, "then": "block" }]',
    mend: 'Raise it above one request, or set it to 0 to allow only what is free.',
    mended: '"budgets": [{ "id": "day", "per": "developer", "period": "day", "usd": 20, "then": "block" }]',
  },
  'looser-than-baseline': {
    example: '"overrides": { "direction": "any", "maxPerDay": 3 }',
    mend: 'Write something stricter than the layer around, or nothing: the stricter of the two holds in any case.',
    mended: '"overrides": { "direction": "none" }',
  },
  'baseline-not-enforced': {
    example: '"mode": "observe"',
    mend: 'Nothing, while the baseline is being tried out. A baseline that is to hold in every repository states "mode": "enforce" itself; until then this file can.',
    mended: '"mode": "enforce"',
  },
  unattested: {
    example:
      '"attestations": { "files": ".routing/attestations/*.json" }, "constraints": [{ "id": "attested", "attested": true, "reason": "validated before use" }]',
    mend: 'Attest the model, or put an attested target first.',
    mended:
      '"default": "openai/gpt-6-sol", "attestations": { "files": ".routing/attestations/*.json" }, "constraints": [{ "id": "attested", "attested": true, "reason": "validated before use" }]',
  },
  'unowned-policy': {
    example: '"mode": "enforce"',
    mend: 'Add a line to CODEOWNERS, such as "/.routing-policy.json @acme/platform", and protect the branch.',
    mended: '"mode": "enforce"',
  },
} as const satisfies Written;
