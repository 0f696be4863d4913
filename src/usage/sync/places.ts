import { type Carrier, type Delivery, deliver } from './deliver.ts';
import { type Membership, readMembership } from './membership.ts';
import { exportMetrics, metricsAddress } from './otlp/export.ts';
import type { Sink } from './outbox.ts';
import { personId } from './pseudonym.ts';

/** A request as it will go out. */
export interface Parcel {
  readonly body: string;
  /** Of its events. */
  readonly ids: readonly string[];
}

/** Somewhere to send to. */
export interface Place {
  /** Where requests go, without a slash at its end: what a person agrees to. */
  readonly address: string;
  readonly host: string;
  /** The team's, for people. */
  readonly name?: string | undefined;
  /** An administrator has set it up. */
  readonly managed: boolean;
  /** What names of people and tasks are keyed with there. */
  readonly salt: string;
  send(carrier: Carrier, parcel: Parcel, signal: AbortSignal): Promise<Delivery>;
}

export type FoundPlace =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'unusable'; readonly reason: string; readonly managed: boolean };

/** Nobody need find the names of one installation again that a collector gets: what is random in them is the installation's. */
const COLLECTOR_SALT = 'collector';

/** The team that was joined, or that an administrator has set up. */
export function teamPlace(folder: string, managedFolders: readonly string[]): FoundPlace {
  const read = readMembership(folder, managedFolders);
  if (read.kind === 'none') return { kind: 'nowhere' };
  if (read.kind === 'unusable') return read;
  return { kind: 'place', place: placeOfTeam(read.membership, read.managed) };
}

/** @param managed an administrator has set it up */
export function placeOfTeam(membership: Membership, managed: boolean): Place {
  const { endpoint: address, name, salt } = membership;
  return {
    address,
    host: new URL(address).host,
    name,
    managed,
    salt,
    send: (carrier, parcel, signal) => deliver(carrier, membership, parcel, signal),
  };
}

/** @param setting the collector's address; undefined or empty: there is none */
export function collectorPlace(setting: string | undefined): FoundPlace {
  if (!setting) return { kind: 'nowhere' };
  try {
    const address = metricsAddress(setting);
    const { host } = new URL(address);
    const send: Place['send'] = (carrier, { body }, signal) => exportMetrics(carrier, address, body, signal);
    return { kind: 'place', place: { address, host, managed: false, salt: COLLECTOR_SALT, send } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      kind: 'unusable',
      managed: false,
      reason: `the setting "routingPolicy.sync.otlp" is no address of a collector. ${why}`,
    };
  }
}

/** The fact that says what a person has answered about a place: another address is asked about anew. */
export function consentFact(sink: Sink, { address }: Place): string {
  return `consent.${sink}.${address}`;
}

/**
 * What tells places apart. A team that changes its salt has other names: what waits under the old ones is not sent. The salt
 * itself cannot be found from it. An answer says by this which place it is about.
 */
export function destinationOf({ address, salt }: Place): string {
  return `${address} ${personId({ salt, installId: 'destination' }, 0)}`;
}
