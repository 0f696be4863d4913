import type { Dialect } from '../chat/dialect.ts';
import type { ChatOutcome } from './answerChat.ts';

/** Upper bounds of the buckets, in seconds. */
const BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300] as const;

interface Durations {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** What the gateway has done since it began, as Prometheus reads it. No label comes from a client. */
export class Meter {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<Dialect, Durations>();
  #rejected = 0;
  #active = 0;

  get active(): number {
    return this.#active;
  }

  /** A chat begins; what is returned is told how it ended. */
  begin(dialect: Dialect): (outcome: ChatOutcome) => void {
    const startedAt = performance.now();
    this.#active += 1;
    return (outcome) => {
      this.#active -= 1;
      const key = `dialect="${dialect}",outcome="${outcome}"`;
      this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
      this.#observe(dialect, (performance.now() - startedAt) / 1000);
    };
  }

  /** A request was turned away at the door. */
  rejected(): void {
    this.#rejected += 1;
  }

  /** In the text format of Prometheus, version 0.0.4. */
  text(): string {
    const lines = [
      '# HELP routing_policy_requests_total Chats by dialect and outcome.',
      '# TYPE routing_policy_requests_total counter',
      ...[...this.#requests].map(([labels, count]) => `routing_policy_requests_total{${labels}} ${count}`),
      '# HELP routing_policy_rejected_total Requests that the gateway itself turned away.',
      '# TYPE routing_policy_rejected_total counter',
      `routing_policy_rejected_total ${this.#rejected}`,
      '# HELP routing_policy_active_requests Chats under way.',
      '# TYPE routing_policy_active_requests gauge',
      `routing_policy_active_requests ${this.#active}`,
      '# HELP routing_policy_request_seconds From a request to the end of its answer.',
      '# TYPE routing_policy_request_seconds histogram',
      ...[...this.#durations].flatMap(([dialect, durations]) => histogram(dialect, durations)),
      '# HELP process_resident_memory_bytes Resident memory size in bytes.',
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    ];
    return `${lines.join('\n')}\n`;
  }

  #observe(dialect: Dialect, seconds: number): void {
    const durations = this.#durations.get(dialect) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#durations.set(dialect, durations);
    durations.sum += seconds;
    durations.count += 1;
    for (const [index, bound] of BUCKETS.entries()) {
      if (seconds <= bound) durations.counts[index] = (durations.counts[index] ?? 0) + 1;
    }
  }
}

function histogram(dialect: Dialect, { counts, sum, count }: Durations): readonly string[] {
  const name = 'routing_policy_request_seconds';
  return [
    ...BUCKETS.map((bound, index) => `${name}_bucket{dialect="${dialect}",le="${bound}"} ${counts[index]}`),
    `${name}_bucket{dialect="${dialect}",le="+Inf"} ${count}`,
    `${name}_sum{dialect="${dialect}"} ${sum}`,
    `${name}_count{dialect="${dialect}"} ${count}`,
  ];
}
