/** The forms of Gemini's `generateContent` that are written here: API v1beta, after `@google/genai` 3.1. */

export interface Blob {
  readonly mimeType: string;
  readonly data: string;
}

export interface Part {
  readonly text?: string;
  /** The text is a summary of what the model thought. */
  readonly thought?: true;
  /** Sealed thinking; it may stand on any part, and belongs to what was thought before that part. */
  readonly thoughtSignature?: string;
  readonly inlineData?: Blob;
  readonly fileData?: { readonly fileUri: string; readonly mimeType?: string };
  readonly functionCall?: {
    readonly id: string;
    readonly name: string;
    readonly args: Readonly<Record<string, unknown>>;
  };
  readonly functionResponse?: {
    readonly id: string;
    readonly name: string;
    readonly response: Readonly<Record<string, unknown>>;
    readonly parts?: readonly { readonly inlineData: Blob }[];
  };
}

export interface Content {
  readonly role: 'user' | 'model';
  readonly parts: readonly Part[];
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly description?: string;
  readonly parametersJsonSchema: unknown;
}

export interface FunctionCallingConfig {
  readonly mode: 'AUTO' | 'ANY' | 'NONE';
  readonly allowedFunctionNames?: readonly string[];
}

export interface ThinkingConfig {
  readonly includeThoughts?: boolean;
  readonly thinkingLevel?: 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH';
  /** In tokens; 0 is off. */
  readonly thinkingBudget?: number;
}

export interface GenerationConfig {
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: readonly string[];
  readonly responseMimeType?: 'application/json';
  readonly responseJsonSchema?: unknown;
  readonly thinkingConfig?: ThinkingConfig;
}

/** The body of `models/{model}:generateContent` and `:streamGenerateContent`; the model stands in the path. */
export interface GeminiRequest {
  readonly contents: readonly Content[];
  readonly systemInstruction?: { readonly parts: readonly Part[] };
  readonly tools?: readonly { readonly functionDeclarations: readonly FunctionDeclaration[] }[];
  readonly toolConfig?: { readonly functionCallingConfig: FunctionCallingConfig };
  readonly generationConfig?: GenerationConfig;
}

/**
 * Stands for the signature of a call that another model made, or whose signature is gone; the API names it for this
 * (https://ai.google.dev/gemini-api/docs/thought-signatures). Newer models refuse a call without any.
 */
export const noSignature = 'skip_thought_signature_validator';

/** The other value that the API takes in its place. */
const otherNoSignature = 'context_engineering_is_the_way_to_go';

/** The signature, unless it is one that says that there is none. */
export function realSignature(signature: unknown): string | undefined {
  return typeof signature === 'string' &&
    signature !== '' &&
    signature !== noSignature &&
    signature !== otherNoSignature
    ? signature
    : undefined;
}

/** The field of a body, which may be in either of the spellings that JSON for protocol buffers has. */
export function either(fields: Readonly<Record<string, unknown>>, camel: string, snake: string): unknown {
  const value = fields[camel];
  return value === undefined ? fields[snake] : value;
}
