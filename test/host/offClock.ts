// Loaded before a program (`node --import`): its clock stands off the machine's by the milliseconds in the file CLOCK_FILE, which
// may change while it runs.
import { readFileSync } from 'node:fs';

const file = process.env['CLOCK_FILE'] ?? '';
const real = Date.now.bind(Date);
const LOOK_MS = 10;
let off = 0;
let lookedAt = Number.NEGATIVE_INFINITY;

Date.now = () => {
  const at = performance.now();
  if (at - lookedAt >= LOOK_MS) {
    lookedAt = at;
    try {
      off = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      off = 0; // not written yet
    }
  }
  return real() + off;
};
