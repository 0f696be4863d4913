// Reads the types of an SDK's requests out of its declarations, which are generated and of a plain form.
import { readFileSync } from 'node:fs';

/** A type, as far as requests need it. */
export type Type =
  | { readonly kind: 'word'; readonly word: 'string' | 'number' | 'boolean' | 'unknown' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly of: Type }
  | { readonly kind: 'either'; readonly types: readonly Type[] }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'named'; readonly name: string; readonly scope: readonly string[] };

export interface Field {
  readonly name: string;
  readonly isOptional: boolean;
  readonly type: Type;
}

/** The declarations of some files, by their names: a name in a namespace is `Namespace.Name`. */
export type Declarations = ReadonlyMap<string, Type>;

const unknown: Type = { kind: 'word', word: 'unknown' };

/** @param files absolute; of one name the first one's counts */
export function readDeclarations(files: readonly string[]): Declarations {
  const found = new Map<string, Type>();
  for (const file of files) new Reading(readFileSync(file, 'utf8'), found).file();
  return found;
}

/** What a name stands for, looked for from the inside out; undefined where it is of another file. */
export function resolve(all: Declarations, { name, scope }: Type & { readonly kind: 'named' }): string | undefined {
  for (let depth = scope.length; depth >= 0; depth -= 1) {
    const full = [...scope.slice(0, depth), name].join('.');
    if (all.has(full)) return full;
  }
  // Of another module, by the name that it was imported under.
  const [, ...rest] = name.split('.');
  return rest.length > 0 && all.has(rest.join('.')) ? rest.join('.') : undefined;
}

const tokens =
  /\s+|\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|=>|[A-Za-z_$][\w$]*|-?\d[\d_.e+]*|./gy;

class Reading {
  readonly #tokens: readonly string[];
  readonly #found: Map<string, Type>;
  #at = 0;

  constructor(text: string, found: Map<string, Type>) {
    this.#tokens = (text.match(tokens) ?? []).filter((token) => !/^(?:\s|\/\*|\/\/)/.test(token));
    this.#found = found;
  }

  /** Declarations at the top of a file or in a namespace; all else is passed over. */
  file(scope: readonly string[] = []): void {
    while (this.#at < this.#tokens.length) {
      const token = this.#take();
      const next = this.#tokens[this.#at] ?? '';
      const isName = /^[A-Za-z_$]/.test(next);
      if (token === '}' && scope.length > 0) return;
      if (token === 'interface' && isName) this.#interface(scope);
      else if (token === 'type' && isName && this.#tokens[this.#at + 1] === '=') this.#alias(scope);
      else if (token === 'namespace' && isName) {
        const name = this.#take();
        this.#take();
        this.file([...scope, name]);
      } else if (token === '{') this.#passOver();
    }
  }

  #interface(scope: readonly string[]): void {
    const name = this.#take();
    // What it extends, requests do not.
    this.#passTo('{');
    this.#keep([...scope, name], this.#fields([...scope, name]));
  }

  #alias(scope: readonly string[]): void {
    const name = this.#take();
    this.#take();
    this.#keep([...scope, name], this.#type([...scope, name]));
  }

  #keep(path: readonly string[], type: Type): void {
    const name = path.join('.');
    if (!this.#found.has(name)) this.#found.set(name, type);
  }

  /** After the brace, to behind its partner. */
  #fields(scope: readonly string[]): Type {
    const fields: Field[] = [];
    for (;;) {
      const name = this.#take();
      if (name === '}' || name === '') return { kind: 'object', fields };
      if (name === 'readonly' || name === ';' || name === ',') continue;
      if (name === '[') {
        this.#passTo(']');
        this.#take();
        fields.push({ name: 'any', isOptional: true, type: this.#type(scope) });
        continue;
      }
      const isOptional = this.#tokens[this.#at] === '?';
      if (isOptional) this.#take();
      if (this.#take() !== ':')
        throw new Error(`A field of another form: ${this.#tokens.slice(this.#at - 12, this.#at + 8).join(' ')}`);
      fields.push({ name: name.replace(/^['"]|['"]$/g, ''), isOptional, type: this.#type(scope) });
    }
  }

  #type(scope: readonly string[]): Type {
    const types: Type[] = [];
    do {
      if (this.#tokens[this.#at] === '|') this.#take();
      types.push(this.#one(scope));
      while (this.#tokens[this.#at] === '&') {
        this.#take();
        this.#one(scope);
      }
    } while (this.#tokens[this.#at] === '|');
    const [only] = types;
    return types.length === 1 && only !== undefined ? only : { kind: 'either', types };
  }

  #one(scope: readonly string[]): Type {
    let type = this.#simple(scope);
    while (this.#tokens[this.#at] === '[') {
      this.#passTo(']');
      type = this.#tokens[this.#at - 2] === '[' ? { kind: 'list', of: type } : unknown;
    }
    return type;
  }

  #simple(scope: readonly string[]): Type {
    const token = this.#take();
    if (token === 'readonly') return this.#one(scope);
    if (token === '{') return this.#fields(scope);
    if (token === '(') {
      const inner = this.#type(scope);
      this.#take();
      return inner;
    }
    if (/^['"]/.test(token)) return { kind: 'literal', value: token.slice(1, -1) };
    if (/^-?\d/.test(token)) return { kind: 'literal', value: Number(token) };
    if (token === 'null' || token === 'undefined') return { kind: 'literal', value: null };
    if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
    if (token === 'string' || token === 'number' || token === 'boolean') return { kind: 'word', word: token };
    let name = token;
    while (this.#tokens[this.#at] === '.') name += this.#take() + this.#take();
    if (this.#tokens[this.#at] !== '<') return /^[A-Z]/.test(name) ? { kind: 'named', name, scope } : unknown;
    this.#take();
    const first = this.#type(scope);
    while (this.#tokens[this.#at] === ',') {
      this.#take();
      this.#type(scope);
    }
    this.#take();
    return name === 'Array' ? { kind: 'list', of: first } : unknown;
  }

  #take(): string {
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    return token;
  }

  #passTo(end: string): void {
    while (this.#at < this.#tokens.length && this.#take() !== end);
  }

  #passOver(): void {
    for (let open = 1; open > 0 && this.#at < this.#tokens.length; ) {
      const token = this.#take();
      if (token === '{') open += 1;
      if (token === '}') open -= 1;
    }
  }
}
