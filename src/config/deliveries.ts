import { dirname } from 'node:path';

import type * as z from 'zod';

import type { Json } from '../contract/bus.ts';
import type { TargetKind } from '../contract/item.ts';
import { show } from '../contract/options.ts';
import type { DeliveryPlan } from '../contract/plan.ts';
import { deliveryShape } from './delivery-frame.ts';
import { name as nameSchema } from './frame.ts';
import { describeUnknownKey } from './issues.ts';
import { suggestion } from './nearest.ts';
import type { Complete, Members, Reader } from './reader.ts';
import { knownKeys } from './shape.ts';
import { find, isEmpty, toJson, type Path, type TreeNode } from './tree.ts';

/** A delivery as far as it could be read. */
export interface DeliveryDraft {
  readonly name: string;
  readonly path: Path;
  readonly type: string;
  readonly frame: Members<typeof deliveryShape>;
  readonly options: Json;
  /** Folder of its file. */
  readonly base: string;
}

type Kinds = ReadonlyMap<string, TargetKind>;

export async function readDeliveries(reader: Reader): Promise<readonly DeliveryDraft[]> {
  const section = find(reader.root, ['deliveries']);
  if (section === null || isEmpty(section)) return [];
  if (section.kind !== 'map') {
    reader.wrong(['deliveries'], 'expected a map of deliveries');
    return [];
  }
  if (section.children.size === 0) return [];
  // Most configurations do without.
  const { targetKinds } = await import('../deliveries/target-options.ts');
  return [...section.children].flatMap(([name, node]) => readDelivery(reader, targetKinds, name, node) ?? []);
}

function readDelivery(reader: Reader, kinds: Kinds, name: string, node: TreeNode): DeliveryDraft | null {
  const path = ['deliveries', name];
  const named = nameSchema.safeParse(name);
  if (!named.success) reader.mistakes.addAtKey(reader.root, path, named.error.issues[0]?.message ?? '');
  if (node.kind !== 'map' && !isEmpty(node)) {
    reader.wrong(path, 'expected a map with the options of the delivery');
    return null;
  }
  const kind = findKind(reader, kinds, path);
  const frame = readFrame(reader, path);
  const own = ownOptions(node);
  if (kind !== null) checkOptions(reader, kind, path, own);
  return { name, path, type: kind?.name ?? '', frame, options: toJson(own), base: dirname(node.source.path) };
}

function findKind(reader: Reader, kinds: Kinds, path: Path): TargetKind | null {
  const place = [...path, 'type'];
  const node = find(reader.root, place);
  const expected = `expected a type of delivery (${[...kinds.keys()].join(', ')})`;
  if (node === null || isEmpty(node)) {
    reader.wrong(place, `${expected}, got nothing`);
    return null;
  }
  if (node.isBroken) return null;
  const type = node.kind === 'scalar' ? String(node.value) : null;
  const kind = type === null ? undefined : kinds.get(type);
  if (kind !== undefined) return kind;
  if (type === null) reader.wrong(place, `${expected}, got a ${node.kind}`);
  else if (node.isSecret) reader.wrong(place, 'unknown delivery type "…"');
  else {
    const meant = suggestion(type, kinds.keys());
    reader.wrong(place, `unknown delivery type ${show(type)}${meant === '' ? `; ${expected}` : meant}`);
  }
  return null;
}

const isFrameKey = (key: string): boolean => Object.hasOwn(deliveryShape, key);

function readFrame(reader: Reader, path: Path): Members<typeof deliveryShape> {
  const members = Object.entries<z.ZodType>(deliveryShape)
    .filter(([key]) => key !== 'type')
    .map(([key, schema]) => [key, reader.value(schema, [...path, key])]);
  const frame = Object.fromEntries(members) as Members<typeof deliveryShape>;
  const { retry } = frame;
  if (retry !== undefined && retry.first > retry.longest) {
    const isFirstGiven = find(reader.root, [...path, 'retry', 'longest']) === null;
    if (isFirstGiven) reader.wrong([...path, 'retry', 'first'], 'expected at most as long a pause as the longest one');
    else reader.wrong([...path, 'retry', 'longest'], 'expected at least as long a pause as the first one');
  }
  return frame;
}

/** What stands on the delivery's level beside the frame. */
function ownOptions(node: TreeNode): TreeNode {
  const children = new Map([...node.children].filter(([key]) => !isFrameKey(key)));
  return { ...node, kind: 'map', value: null, children };
}

function checkOptions(reader: Reader, { options }: TargetKind, path: Path, own: TreeNode): void {
  const known = [...Object.keys(deliveryShape), ...knownKeys(options)];
  const children = new Map(own.children);
  for (const key of own.children.keys()) {
    if (known.includes(key)) continue;
    reader.mistakes.addAtKey(reader.root, [...path, key], describeUnknownKey(key, known));
    children.delete(key);
  }
  reader.value(options, path, { ...own, children });
}

/** The plan of a delivery that has no mistakes. */
export function planDelivery({ type, frame, options, base }: DeliveryDraft): DeliveryPlan {
  const { retry, timeout, concurrency, when } = frame as Complete<typeof deliveryShape>;
  return { type, retry, timeout, concurrency, when, options, base };
}
