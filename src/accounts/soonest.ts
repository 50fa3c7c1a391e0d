/** Things in the order in which their time comes; a binary heap. */
export interface Soonest<T> {
  readonly size: number;
  push(item: T): void;
  /** The one whose time comes first. */
  peek(): T | undefined;
  pop(): T | undefined;
}

export function createSoonest<T>(isBefore: (a: T, b: T) => boolean, items: readonly T[] = []): Soonest<T> {
  const heap: T[] = [];
  const at = (index: number): T => heap[index] as T;
  for (const item of items) push(item);
  return {
    get size() {
      return heap.length;
    },
    push,
    peek: () => heap[0],
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length > 0) sink(last as T);
      return first;
    },
  };

  function push(item: T): void {
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(item, at(parent))) break;
      heap[place] = at(parent);
      place = parent;
    }
    heap[place] = item;
  }

  function sink(item: T): void {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(at(child + 1), at(child))) child += 1;
      if (!isBefore(at(child), item)) break;
      heap[place] = at(child);
      place = child;
    }
    heap[place] = item;
  }
}
