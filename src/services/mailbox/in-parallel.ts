/** Does a task for each, so many at once; the first that fails ends it. */
export async function inParallel<T>(
  list: readonly T[],
  count: number,
  task: (each: T) => Promise<void>,
): Promise<void> {
  const iterator = list.values();
  const run = async (): Promise<void> => {
    for (const each of iterator) await task(each);
  };
  await Promise.all(Array.from({ length: Math.min(count, list.length) }, run));
}
