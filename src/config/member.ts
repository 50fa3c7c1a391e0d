import type { Json } from '../contract/bus.ts';

/** Of options as they are written: whatever they are, a member of them or nothing. */
export function member(options: Json, name: string): Json | undefined {
  return typeof options === 'object' && options !== null && !Array.isArray(options)
    ? (options as Readonly<Record<string, Json>>)[name]
    : undefined;
}

/** Those of an http service, by their paths. */
export function routesOf(options: Json): readonly (readonly [string, Json])[] {
  const routes = member(options, 'routes');
  return typeof routes === 'object' && routes !== null && !Array.isArray(routes) ? Object.entries(routes) : [];
}
