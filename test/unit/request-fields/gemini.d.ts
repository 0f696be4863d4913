// The fields of a request to Gemini's generateContent, as its API reference has them; its SDK is none of ours to install.

export interface GenerateContentRequest {
  contents: Array<Content | ModelContent>;
  systemInstruction?: Content;
  tools?: Array<Tool>;
  toolConfig?: ToolConfig;
  safetySettings?: Array<SafetySetting>;
  generationConfig?: GenerationConfig;
  cachedContent?: string;
  serviceTier?: 'flex' | 'priority';
  store?: boolean;
  labels?: { purpose?: string };
  modelArmorConfig?: { promptTemplateName?: string };
}

export interface Content {
  role: 'user';
  parts: Array<TextPart | InlinePart | FilePart | CallPart | ResultPart | CodePart>;
}

export interface ModelContent {
  role: 'model';
  parts: Array<TextPart | ThoughtPart | CallPart | CodePart>;
}

export interface ThoughtPart {
  thought: true;
  text: string;
  thoughtSignature?: string;
}

export interface TextPart {
  text: string;
}

export interface InlinePart {
  inlineData: { mimeType: 'image/png' | 'application/pdf' | 'audio/wav'; data: string; displayName?: string };
  mediaResolution?: { level: 'MEDIA_RESOLUTION_HIGH' };
  videoMetadata?: { fps: number };
}

export interface FilePart {
  fileData: { mimeType: 'image/png' | 'application/pdf'; fileUri: string; displayName?: string };
}

export interface CallPart {
  functionCall: { name: string; id?: string; args?: unknown };
  thoughtSignature?: string;
}

export interface ResultPart {
  functionResponse: {
    name: string;
    id: string;
    response: { output: string };
    parts?: Array<InlinePart>;
    willContinue?: boolean;
    scheduling?: 'SILENT' | 'WHEN_IDLE' | 'INTERRUPT';
  };
}

export interface CodePart {
  executableCode: { language: 'PYTHON'; code: string };
}

export interface Tool {
  functionDeclarations?: Array<FunctionDeclaration>;
  googleSearch?: { timeRangeFilter?: unknown };
  googleSearchRetrieval?: { dynamicRetrievalConfig?: unknown };
  codeExecution?: { some?: string };
  urlContext?: { some?: string };
  fileSearch?: { topK?: number };
  computerUse?: { environment?: string };
  googleMaps?: { enableWidget?: boolean };
  mcpServers?: Array<unknown>;
}

export interface FunctionDeclaration {
  name: string;
  description?: string;
  behavior?: 'BLOCKING' | 'NON_BLOCKING';
  parametersJsonSchema?: unknown;
  response?: unknown;
  responseJsonSchema?: unknown;
}

export interface ToolConfig {
  functionCallingConfig?: {
    mode: 'ANY';
    allowedFunctionNames?: Array<string>;
    streamFunctionCallArguments?: boolean;
  };
  retrievalConfig?: { languageCode: string };
  includeServerSideToolInvocations?: boolean;
}

export interface SafetySetting {
  category: 'HARM_CATEGORY_HARASSMENT';
  threshold: 'BLOCK_NONE';
}

export interface GenerationConfig {
  stopSequences?: Array<string>;
  responseMimeType?: 'text/plain' | 'application/json' | 'text/x.enum';
  responseJsonSchema?: unknown;
  responseModalities?: Array<'TEXT' | 'IMAGE' | 'AUDIO'>;
  candidateCount?: number;
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  responseLogprobs?: boolean;
  logprobs?: number;
  enableEnhancedCivicAnswers?: boolean;
  speechConfig?: { languageCode: string };
  thinkingConfig?: { includeThoughts?: boolean; thinkingBudget?: number; thinkingLevel?: 'LOW' | 'HIGH' };
  imageConfig?: { aspectRatio: string };
  mediaResolution?: 'MEDIA_RESOLUTION_LOW';
  audioTimestamp?: boolean;
  routingConfig?: { manualMode: unknown };
  modelSelectionConfig?: { featureSelectionPreference: string };
}
