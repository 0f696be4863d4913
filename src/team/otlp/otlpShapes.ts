// What OpenTelemetry's requests are made of (opentelemetry-proto 1.x), as far as anything of it is read, under the names that
// they have in JSON.
import type { FieldShape, MessageShape } from './protobuf.ts';

const text = (name: string): FieldShape => ({ name, kind: 'text' });
const one = (name: string, shape: () => MessageShape): FieldShape => ({ name, kind: 'message', shape });
const list = (name: string, shape: () => MessageShape): FieldShape => ({ name, kind: 'message', shape, isList: true });

const anyValue = (): MessageShape => ANY_VALUE;
const ANY_VALUE: MessageShape = {
  1: text('stringValue'),
  2: { name: 'boolValue', kind: 'bool' },
  3: { name: 'intValue', kind: 'whole' },
  4: { name: 'doubleValue', kind: 'double' },
};
const keyValue = (): MessageShape => KEY_VALUE;
const KEY_VALUE: MessageShape = { 1: text('key'), 2: one('value', anyValue) };
const resource = (): MessageShape => RESOURCE;
const RESOURCE: MessageShape = { 1: list('attributes', keyValue) };

const numberPoint = (): MessageShape => NUMBER_POINT;
const NUMBER_POINT: MessageShape = {
  2: { name: 'startTimeUnixNano', kind: 'fixed64' },
  3: { name: 'timeUnixNano', kind: 'fixed64' },
  4: { name: 'asDouble', kind: 'double' },
  6: { name: 'asInt', kind: 'signed64' },
  7: list('attributes', keyValue),
  8: { name: 'flags', kind: 'whole' },
};
const histogramPoint = (): MessageShape => HISTOGRAM_POINT;
const HISTOGRAM_POINT: MessageShape = {
  2: { name: 'startTimeUnixNano', kind: 'fixed64' },
  3: { name: 'timeUnixNano', kind: 'fixed64' },
  4: { name: 'count', kind: 'fixed64' },
  5: { name: 'sum', kind: 'double' },
  9: list('attributes', keyValue),
  10: { name: 'flags', kind: 'whole' },
};
const exponentialPoint = (): MessageShape => EXPONENTIAL_POINT;
const EXPONENTIAL_POINT: MessageShape = {
  1: list('attributes', keyValue),
  2: { name: 'startTimeUnixNano', kind: 'fixed64' },
  3: { name: 'timeUnixNano', kind: 'fixed64' },
  4: { name: 'count', kind: 'fixed64' },
  5: { name: 'sum', kind: 'double' },
  10: { name: 'flags', kind: 'whole' },
};
const points = (point: () => MessageShape) => (): MessageShape => ({
  1: list('dataPoints', point),
  2: { name: 'aggregationTemporality', kind: 'whole' },
});
const metric = (): MessageShape => METRIC;
const METRIC: MessageShape = {
  1: text('name'),
  5: one('gauge', points(numberPoint)),
  7: one('sum', points(numberPoint)),
  9: one('histogram', points(histogramPoint)),
  10: one('exponentialHistogram', points(exponentialPoint)),
  11: one('summary', points(histogramPoint)),
};
const scopeMetrics = (): MessageShape => ({ 2: list('metrics', metric) });
const resourceMetrics = (): MessageShape => ({ 1: one('resource', resource), 2: list('scopeMetrics', scopeMetrics) });

/** `ExportMetricsServiceRequest` */
export const METRICS_REQUEST: MessageShape = { 1: list('resourceMetrics', resourceMetrics) };

const logRecord = (): MessageShape => LOG_RECORD;
const LOG_RECORD: MessageShape = {
  1: { name: 'timeUnixNano', kind: 'fixed64' },
  5: one('body', anyValue),
  6: list('attributes', keyValue),
  11: { name: 'observedTimeUnixNano', kind: 'fixed64' },
  12: text('eventName'),
};
const scopeLogs = (): MessageShape => ({ 2: list('logRecords', logRecord) });
const resourceLogs = (): MessageShape => ({ 1: one('resource', resource), 2: list('scopeLogs', scopeLogs) });

/** `ExportLogsServiceRequest` */
export const LOGS_REQUEST: MessageShape = { 1: list('resourceLogs', resourceLogs) };
