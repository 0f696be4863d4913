// Loaded before any schema. One policy is read once: making code for its checks takes longer than the checks.
import { config } from 'zod';

config({ jitless: true });
