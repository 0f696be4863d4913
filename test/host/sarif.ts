// The part of the published JSON Schema of SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json) that this project's logs can meet:
// required properties, closed objects, enumerations and the least value of each number, written down by hand.

interface Shape {
  readonly required: readonly string[];
  /** Every property that may be there; the schema closes its objects. */
  readonly properties: Readonly<Record<string, Value>>;
}

type Value =
  | { readonly is: 'text' }
  | { readonly is: 'uri' }
  | { readonly is: 'one of'; readonly values: readonly string[] }
  | { readonly is: 'integer'; readonly least: number }
  | { readonly is: 'object'; readonly shape: string }
  | { readonly is: 'list'; readonly of: Value; readonly least?: number };

const text: Value = { is: 'text' };
const uri: Value = { is: 'uri' };
const object = (shape: string): Value => ({ is: 'object', shape });
const list = (of: Value, least = 0): Value => ({ is: 'list', of, least });
const integer = (least: number): Value => ({ is: 'integer', least });

const SHAPES: Readonly<Record<string, Shape>> = {
  log: {
    required: ['version', 'runs'],
    properties: { $schema: uri, version: { is: 'one of', values: ['2.1.0'] }, runs: list(object('run')) },
  },
  run: {
    required: ['tool'],
    properties: {
      tool: object('tool'),
      results: list(object('result')),
      columnKind: { is: 'one of', values: ['utf16CodeUnits', 'unicodeCodePoints'] },
    },
  },
  tool: { required: ['driver'], properties: { driver: object('component') } },
  component: { required: ['name'], properties: { name: text, version: text, rules: list(object('rule')) } },
  rule: { required: ['id'], properties: { id: text, shortDescription: object('words') } },
  words: { required: ['text'], properties: { text, markdown: text } },
  result: {
    required: ['message'],
    properties: {
      ruleId: text,
      ruleIndex: integer(-1),
      level: { is: 'one of', values: ['none', 'note', 'warning', 'error'] },
      message: object('words'),
      locations: list(object('location')),
      fixes: list(object('fix')),
    },
  },
  location: { required: [], properties: { physicalLocation: object('physicalLocation') } },
  physicalLocation: {
    required: ['artifactLocation'],
    properties: { artifactLocation: object('artifactLocation'), region: object('region') },
  },
  artifactLocation: { required: [], properties: { uri } },
  region: {
    required: [],
    properties: { startLine: integer(1), startColumn: integer(1), endLine: integer(1), endColumn: integer(1) },
  },
  fix: {
    required: ['artifactChanges'],
    properties: { description: object('words'), artifactChanges: list(object('artifactChange'), 1) },
  },
  artifactChange: {
    required: ['artifactLocation', 'replacements'],
    properties: { artifactLocation: object('artifactLocation'), replacements: list(object('replacement'), 1) },
  },
  replacement: {
    required: ['deletedRegion'],
    properties: { deletedRegion: object('region'), insertedContent: object('content') },
  },
  content: { required: [], properties: { text } },
};

/** Where a log is not as the schema says; empty where it is. */
export function sarifProblems(log: unknown): readonly string[] {
  return problemsOf(log, object('log'), '');
}

function problemsOf(value: unknown, expected: Value, at: string): readonly string[] {
  switch (expected.is) {
    case 'text':
      return typeof value === 'string' ? [] : [`${at} is no text`];
    case 'uri':
      return typeof value === 'string' && URL.canParse(value, 'file:///') && !/[\s\\]/.test(value)
        ? []
        : [`${at} is no URI reference`];
    case 'one of':
      return expected.values.some((one) => one === value) ? [] : [`${at} is none of ${expected.values.join(', ')}`];
    case 'integer':
      return Number.isInteger(value) && Number(value) >= expected.least
        ? []
        : [`${at} is no integer from its least on`];
    case 'list':
      if (!Array.isArray(value) || value.length < (expected.least ?? 0)) return [`${at} is no list of that length`];
      return value.flatMap((item, index) => problemsOf(item, expected.of, `${at}/${index}`));
    case 'object': {
      const shape = SHAPES[expected.shape];
      if (typeof value !== 'object' || value === null || shape === undefined) return [`${at} is no ${expected.shape}`];
      const missing = shape.required.filter((name) => !Object.hasOwn(value, name));
      return [
        ...missing.map((name) => `${at} lacks ${name}`),
        ...Object.entries(value).flatMap(([name, item]) => {
          const property = shape.properties[name];
          return property === undefined ? [`${at}/${name} is unknown`] : problemsOf(item, property, `${at}/${name}`);
        }),
      ];
    }
    default:
      return expected satisfies never;
  }
}
