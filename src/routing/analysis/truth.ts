/** What a condition may come to for several requests, as bits: any of true, false and not known. */
export type Truths = number;
export const TRUE = 1;
export const FALSE = 2;
export const UNKNOWN = 4;
