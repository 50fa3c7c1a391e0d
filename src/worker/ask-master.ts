import type { Json } from '../contract/bus.ts';

/** Asks the master what only it knows. */
export type AskMaster = (what: 'status' | 'metrics' | 'sessions') => Promise<Json>;
