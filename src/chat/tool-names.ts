import type { Conversation, Tool } from './conversation.ts';
import { fitName } from './turns.ts';

/** How a tool is called by a dialect that has no namespaces. */
export interface FlatName {
  readonly flat: string;
  readonly name: string;
  readonly namespace?: string;
}

const longestName = 64;

/**
 * The names of the tools of a conversation where a dialect has no namespaces: `namespace__name`. A tool outside of a
 * namespace keeps its name. One too long, or already taken, ends in a digest of the whole, so that it stays the same
 * from one request to the next, whatever other tools come and go: prompt caches depend on it.
 */
export class FlatNames {
  readonly #byFlat = new Map<string, FlatName>();
  readonly #byOrigin = new Map<string, string>();

  constructor({ tools, messages }: Pick<Conversation, 'tools' | 'messages'>) {
    for (const { name, namespace } of tools) if (namespace === undefined) this.#take({ flat: name, name });
    for (const { name, namespace } of tools) if (namespace !== undefined) this.#add(namespace, name);
    // Tools of earlier turns may not be offered any more; their calls are written all the same.
    for (const { role, parts } of messages) {
      if (role !== 'assistant') continue;
      for (const part of parts) {
        if (part.kind === 'tool-call' && part.namespace !== undefined) this.#add(part.namespace, part.name);
      }
    }
  }

  /** The name in the dialect without namespaces. */
  flat({ name, namespace }: Pick<Tool, 'name' | 'namespace'>): string {
    return namespace === undefined ? name : (this.#byOrigin.get(originOf(namespace, name)) ?? name);
  }

  /** The tool that is called so there; undefined for a name that no tool of the conversation has. */
  origin(flat: string): FlatName | undefined {
    return this.#byFlat.get(flat);
  }

  #add(namespace: string, name: string): void {
    const origin = originOf(namespace, name);
    if (this.#byOrigin.has(origin)) return;
    const whole = `${namespace}__${name}`;
    let flat = fitName(whole);
    if (whole !== flat || this.#byFlat.has(flat)) {
      const ending = `_${digest(origin)}`;
      flat = flat.slice(0, longestName - ending.length) + ending;
    }
    for (let copy = 2; this.#byFlat.has(flat); copy++) {
      const ending = `_${copy}`;
      flat = flat.slice(0, longestName - ending.length) + ending;
    }
    this.#byOrigin.set(origin, flat);
    this.#take({ flat, name, namespace });
  }

  #take(name: FlatName): void {
    if (!this.#byFlat.has(name.flat)) this.#byFlat.set(name.flat, name);
  }
}

function originOf(namespace: string, name: string): string {
  return JSON.stringify([namespace, name]);
}

/** FNV-1a of 32 bits over UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/), as eight hexadecimal digits. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
