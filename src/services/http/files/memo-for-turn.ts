/**
 * Answers the same question once in a turn of the loop, in which all that has come is taken to have come at one moment. With
 * many connections, that is for most of their requests.
 */
export function memoForTurn<Key, Value>(answer: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  let isPlanned = false;
  const forget = (): void => {
    isPlanned = false;
    known.clear();
  };
  return (key) => {
    let value = known.get(key);
    if (value !== undefined) return value;
    value = answer(key);
    known.set(key, value);
    if (!isPlanned) setImmediate(forget);
    isPlanned = true;
    return value;
  };
}
