import type { RpcValue } from '../../contract/rpc.ts';
import { scalarTypes } from './scalars.ts';

/** What may stand in an element. */
export interface Element {
  readonly name: string;
  /** Elements; none: text alone. */
  readonly children: ReadonlySet<string>;
  /** How many children there have to be, each of another name; null: any number. */
  readonly count: number | null;
  /** Its value from its text. */
  readonly scalar: ((text: string) => RpcValue | undefined) | undefined;
}

/** All that there are, by name. */
export const elements: ReadonlyMap<string, Element> = new Map(
  [
    element('methodCall', ['methodName', 'params'], null),
    element('methodResponse', ['params', 'fault'], 1),
    element('methodName', [], null),
    element('params', ['param'], null),
    element('param', ['value'], 1),
    element('fault', ['value'], 1),
    element('value', [...scalarTypes.keys(), 'array', 'struct'], null),
    element('array', ['data'], 1),
    element('data', ['value'], null),
    element('struct', ['member'], null),
    element('member', ['name', 'value'], 2),
    element('name', [], null),
    ...scalarTypes.keys().map((name) => element(name, [], null)),
  ].map((one) => [one.name, one]),
);

function element(name: string, children: readonly string[], count: number | null): Element {
  return { name, children: new Set(children), count, scalar: scalarTypes.get(name) };
}
