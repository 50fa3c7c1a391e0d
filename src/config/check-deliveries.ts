import { show } from '../contract/options.ts';
import type { DeliveryDraft } from './deliveries.ts';
import { suggestion } from './nearest.ts';
import type { Reader } from './reader.ts';
import type { ServiceDraft } from './services.ts';
import { find, type Path, type TreeNode } from './tree.ts';

export interface DeliveryParts {
  readonly reader: Reader;
  readonly services: readonly ServiceDraft[];
  readonly deliveries: readonly DeliveryDraft[];
}

/** Services name deliveries, and deliveries name services: each has to exist. */
export function checkDeliveries({ reader, services, deliveries }: DeliveryParts): void {
  // What is not there may stand in a file that is missing.
  if (!reader.isWhole) return;
  const deliveryNames = new Set(deliveries.map(({ name }) => name));
  const serviceNames = new Set(services.map(({ name }) => name));
  for (const { path } of services) {
    const routes = [...(find(reader.root, [...path, 'routes'])?.children.keys() ?? [])];
    for (const place of [path, ...routes.map((route) => [...path, 'routes', route])]) {
      checkNames({ reader, path: [...place, 'deliver'], known: deliveryNames, what: 'delivery' });
    }
  }
  for (const { path } of deliveries)
    checkNames({ reader, path: [...path, 'when', 'service'], known: serviceNames, what: 'service' });
}

interface NamesCheck {
  readonly reader: Reader;
  /** Of the list. */
  readonly path: Path;
  readonly known: ReadonlySet<string>;
  readonly what: 'delivery' | 'service';
}

function checkNames({ reader, path, known, what }: NamesCheck): void {
  const list = find(reader.root, path);
  if (list?.kind !== 'list') return;
  const before = new Set<string>();
  for (const [index, node] of [...list.children.values()].entries()) {
    if (typeof node.value !== 'string' || node.isBroken) continue;
    const name = node.value;
    const place = [...path, index];
    if (!known.has(name)) {
      const meant = node.isSecret ? '' : suggestion(name, known);
      reader.wrong(place, `there is no ${what} called ${quote(node)}${meant}`);
    } else if (before.has(name)) reader.wrong(place, `expected each ${what} once, got ${quote(node)} again`);
    before.add(name);
  }
}

function quote(node: TreeNode): string {
  return node.isSecret ? '"…"' : show(node.value);
}
