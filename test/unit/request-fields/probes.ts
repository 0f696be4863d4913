// Requests that differ in one field, made from the types of an SDK.
import { type Declarations, type Field, resolve, type Type } from './declarations.ts';

/** Two bodies that differ in what stands at one place. */
export interface Probe {
  /** `messages[user].content[text].cache_control.ttl`; a value of several that it may have follows as `=value`. */
  readonly place: string;
  readonly without: unknown;
  readonly with: unknown;
  /** What more can be asked of the place, where it is carried. */
  inner(): readonly Probe[];
}

/** How a sample looks where any text would not do, by the name of its field. */
export type Samples = Readonly<Record<string, string | number>>;

interface Ground {
  readonly all: Declarations;
  readonly samples: Samples;
}

/** Where a value stands: makes the body around it, and names it. */
interface Spot {
  readonly place: string;
  put(value: unknown): unknown;
  /** Names of types around it: a type within itself is not gone into again. */
  readonly around: readonly string[];
}

/** The probes of all fields of a request. @param root the name of its type */
export function probesOf(all: Declarations, root: string, samples: Samples): readonly Probe[] {
  const type: Type = { kind: 'named', name: root, scope: [] };
  return inside({ all, samples }, type, { place: '', put: (value) => value, around: [] });
}

function inside(ground: Ground, type: Type, spot: Spot): readonly Probe[] {
  switch (type.kind) {
    case 'word':
    case 'literal':
      return [];
    case 'either':
      return type.types.flatMap((one) => inside(ground, one, spot));
    case 'named': {
      const name = resolve(ground.all, type);
      const found = name === undefined ? undefined : ground.all.get(name);
      if (name === undefined || found === undefined || spot.around.includes(name)) return [];
      return inside(ground, found, { ...spot, around: [...spot.around, name] });
    }
    case 'list':
      return variantsOf(ground, type.of).map((one) => {
        const place = `${spot.place}[${wordFor(ground, one)}]`;
        const put = (value: unknown): unknown => spot.put([value]);
        return {
          place,
          without: spot.put([]),
          with: put(minimal(ground, one, lastName(spot.place))),
          inner: () => inside(ground, one, { ...spot, place, put }),
        };
      });
    case 'object': {
      const least = leastOf(ground, type.fields);
      return type.fields.flatMap((field) => probesOfField(ground, field, least, spot));
    }
    default:
      return type satisfies never;
  }
}

function probesOfField(ground: Ground, field: Field, least: object, spot: Spot): readonly Probe[] {
  const { name } = field;
  const place = spot.place === '' ? name : `${spot.place}.${name}`;
  const put = (value: unknown): unknown => spot.put({ ...least, [name]: value });
  const variants = variantsOf(ground, field.type);
  const [first] = variants;
  const isMarked = variants.length > 1;
  return variants.flatMap((one): Probe[] => {
    const at = isMarked ? `${place}=${wordFor(ground, one)}` : place;
    const within = { ...spot, place: at, put };
    const inner = (): readonly Probe[] => inside(ground, one, within);
    const value = minimal(ground, one, name);
    if (field.isOptional) return [{ place: at, without: spot.put(least), with: put(value), inner }];
    // A word that tells one type from another is probed with the whole of it.
    if (one.kind === 'literal') return [];
    if (one.kind === 'word') return [{ place: at, without: put(other(one, name, ground)), with: put(value), inner }];
    return one === first ? [...inner()] : [{ place: at, without: spot.put(least), with: put(value), inner }];
  });
}

/** What may stand there, each by itself, but for null, which is no word at all. */
function variantsOf(ground: Ground, type: Type): readonly Type[] {
  if (type.kind === 'either') return type.types.flatMap((one) => variantsOf(ground, one));
  if (type.kind === 'literal') return type.value === null ? [] : [type];
  if (type.kind !== 'named') return [type];
  const name = resolve(ground.all, type);
  const found = name === undefined ? undefined : ground.all.get(name);
  return found?.kind === 'either' || found?.kind === 'literal' ? variantsOf(ground, found) : [type];
}

/** The smallest value of a type. */
function minimal(ground: Ground, type: Type, name: string): unknown {
  switch (type.kind) {
    case 'word':
      return sampleOf(type, name, ground);
    case 'literal':
      return type.value;
    case 'list': {
      const [first] = variantsOf(ground, type.of);
      return first === undefined ? [] : [minimal(ground, first, name)];
    }
    case 'either': {
      const [first] = variantsOf(ground, type);
      return first === undefined ? null : minimal(ground, first, name);
    }
    case 'named': {
      const full = resolve(ground.all, type);
      const found = full === undefined ? undefined : ground.all.get(full);
      return found === undefined ? 'some text' : minimal(ground, found, name);
    }
    case 'object':
      return leastOf(ground, type.fields);
    default:
      return type satisfies never;
  }
}

function leastOf(ground: Ground, fields: readonly Field[]): Readonly<Record<string, unknown>> {
  const required = fields.filter(({ isOptional }) => !isOptional);
  return Object.fromEntries(required.map(({ name, type }) => [name, minimal(ground, type, name)]));
}

function sampleOf({ word }: Type & { readonly kind: 'word' }, name: string, { samples }: Ground): unknown {
  const told = samples[name];
  if (told !== undefined) return told;
  switch (word) {
    case 'string':
      return 'some text';
    case 'number':
      return 3;
    case 'boolean':
      return true;
    case 'unknown':
      return { type: 'object', properties: {} };
    default:
      return word satisfies never;
  }
}

function other(type: Type & { readonly kind: 'word' }, name: string, ground: Ground): unknown {
  const sample = sampleOf(type, name, ground);
  switch (type.word) {
    case 'string':
      return `${String(sample)}2`;
    case 'number':
      return Number(sample) + 1;
    case 'boolean':
      return false;
    case 'unknown':
      return { type: 'object', properties: { more: { type: 'string' } } };
    default:
      return type.word satisfies never;
  }
}

/** What tells a variant from the others: its `type` or `role`, else the kind of value that it is. */
function wordFor(ground: Ground, type: Type): string {
  if (type.kind === 'literal') return String(type.value);
  if (type.kind === 'word') return type.word;
  if (type.kind === 'list') return 'list';
  const value = minimal(ground, type, '');
  if (typeof value !== 'object' || value === null) return typeof value;
  const told = ['type', 'role'].map((name) => Object.entries(value).find(([key]) => key === name)?.[1]);
  const word = told.find((one) => typeof one === 'string');
  return word ?? (type.kind === 'named' ? type.name : 'object');
}

function lastName(place: string): string {
  return /(\w+)(?:\[[^\]]*\]|=[^.[]*)*$/.exec(place)?.[1] ?? '';
}
