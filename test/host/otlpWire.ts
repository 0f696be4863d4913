// OpenTelemetry's requests as other tools send them: written once, and sent as JSON or as Protocol Buffers.

export type Value = string | number | boolean;
export type Attributes = Readonly<Record<string, Value>>;

export interface Point {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly at: number;
  /** Of a histogram: the sum. */
  readonly value: number;
  readonly count?: number;
  readonly attributes: Attributes;
}

export interface Metric {
  readonly name: string;
  readonly kind: 'sum' | 'gauge' | 'histogram' | 'exponentialHistogram';
  readonly temporality?: 1 | 2;
  readonly isDouble?: boolean;
  readonly points: readonly Point[];
}

export interface LogRecord {
  readonly at: number;
  readonly eventName?: string;
  readonly body?: string;
  readonly attributes: Attributes;
}

const nano = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

function jsonValue(value: Value): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

const jsonAttributes = (attributes: Attributes): readonly object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));

export function metricsJson(resource: Attributes, metrics: readonly Metric[]): string {
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: jsonAttributes(resource) },
        scopeMetrics: [
          {
            scope: { name: 'test' },
            metrics: metrics.map(({ name, kind, temporality = 1, isDouble, points }) => ({
              name,
              unit: '1',
              [kind]: {
                dataPoints: points.map(({ start, at, value, count = 1, attributes }) => ({
                  attributes: jsonAttributes(attributes),
                  startTimeUnixNano: String(nano(start)),
                  timeUnixNano: String(nano(at)),
                  ...(kind === 'sum' || kind === 'gauge'
                    ? isDouble
                      ? { asDouble: value }
                      : { asInt: String(value) }
                    : { count: String(count), sum: value }),
                })),
                ...(kind === 'gauge' ? {} : { aggregationTemporality: temporality }),
              },
            })),
          },
        ],
      },
    ],
  });
}

export function logsJson(resource: Attributes, records: readonly LogRecord[]): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: jsonAttributes(resource) },
        scopeLogs: [
          {
            logRecords: records.map(({ at, eventName, body, attributes }) => ({
              timeUnixNano: String(nano(at)),
              attributes: jsonAttributes(attributes),
              ...(eventName === undefined ? {} : { eventName }),
              ...(body === undefined ? {} : { body: { stringValue: body } }),
            })),
          },
        ],
      },
    ],
  });
}

type Bytes = readonly number[];

export function varint(value: number | bigint): Bytes {
  let left = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  return [...bytes, Number(left)];
}

export const varintField = (number: number, value: number | bigint): Bytes => [...varint(number * 8), ...varint(value)];
export const bytesField = (number: number, bytes: Bytes): Bytes => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const textField = (number: number, text: string): Bytes => bytesField(number, [...new TextEncoder().encode(text)]);

function fixed64(number: number, value: bigint): Bytes {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, value), true);
  return [...varint(number * 8 + 1), ...new Uint8Array(view.buffer)];
}

function double(number: number, value: number): Bytes {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return [...varint(number * 8 + 1), ...new Uint8Array(view.buffer)];
}

function anyValue(value: Value): Bytes {
  if (typeof value === 'string') return textField(1, value);
  if (typeof value === 'boolean') return varintField(2, value ? 1 : 0);
  return Number.isInteger(value) ? varintField(3, value) : double(4, value);
}

const attributesAt = (number: number, attributes: Attributes): Bytes =>
  Object.entries(attributes).flatMap(([key, value]) =>
    bytesField(number, [...textField(1, key), ...bytesField(2, anyValue(value))]),
  );

const dataNumbers = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10 } as const;

function pointBytes(kind: Metric['kind'], isDouble: boolean | undefined, point: Point): Bytes {
  const { start, at, value, count = 1, attributes } = point;
  const times = [...fixed64(2, nano(start)), ...fixed64(3, nano(at))];
  switch (kind) {
    case 'sum':
    case 'gauge':
      return [...times, ...(isDouble ? double(4, value) : fixed64(6, BigInt(value))), ...attributesAt(7, attributes)];
    case 'histogram':
      // With what is not read: bucket counts (packed), bounds, an exemplar.
      return [
        ...times,
        ...fixed64(4, BigInt(count)),
        ...double(5, value),
        ...bytesField(6, [1, 0, 0, 0, 0, 0, 0, 0]),
        ...attributesAt(9, attributes),
        ...bytesField(8, double(3, 1)),
      ];
    case 'exponentialHistogram':
      return [...attributesAt(1, attributes), ...times, ...fixed64(4, BigInt(count)), ...double(5, value)];
    default:
      return kind satisfies never;
  }
}

export function metricsProtobuf(resource: Attributes, metrics: readonly Metric[]): Uint8Array<ArrayBuffer> {
  const all = metrics.flatMap(({ name, kind, temporality = 1, isDouble, points }) => {
    const data = [
      ...points.flatMap((point) => bytesField(1, pointBytes(kind, isDouble, point))),
      ...(kind === 'gauge' ? [] : varintField(2, temporality)),
    ];
    return bytesField(2, [...textField(1, name), ...textField(3, '1'), ...bytesField(dataNumbers[kind], data)]);
  });
  const scope = bytesField(1, textField(1, 'test'));
  const group = [...bytesField(1, attributesAt(1, resource)), ...bytesField(2, [...scope, ...all])];
  return new Uint8Array(bytesField(1, group));
}

export function logsProtobuf(resource: Attributes, records: readonly LogRecord[]): Uint8Array<ArrayBuffer> {
  const all = records.flatMap(({ at, eventName, body, attributes }) =>
    bytesField(2, [
      ...fixed64(1, nano(at)),
      ...varintField(2, 9),
      ...(body === undefined ? [] : bytesField(5, anyValue(body))),
      ...attributesAt(6, attributes),
      ...bytesField(
        9,
        Array.from({ length: 16 }, (_, n) => n),
      ),
      ...(eventName === undefined ? [] : textField(12, eventName)),
    ]),
  );
  return new Uint8Array(bytesField(1, [...bytesField(1, attributesAt(1, resource)), ...bytesField(2, all)]));
}
