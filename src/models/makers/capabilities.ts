/** What most models of today can do; rows say where they differ. */
export const capable = { tools: true, images: true, thinking: true, chat: true, completion: 'prompted' } as const;

/** The same without images. */
export const textOnly = { ...capable, images: false } as const;

/** Made to fill in the middle, and to chat about code. */
export const fillsIn = { tools: true, images: false, thinking: false, chat: true, completion: 'fim' } as const;

/** Public model data that was read on one day. */
export const listed = { source: 'public model data', asOf: '2026-11-10' } as const;
