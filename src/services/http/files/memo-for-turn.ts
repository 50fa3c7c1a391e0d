/**
 * Answers the same question once in a turn of the loop, in which all that has come is taken to have come at one moment. With
 * many connections, that is for most of their requests.
 */
export function memoForTurn<Key, Value>(answer: (key: Key) => Value): (key: Key) => Value {
  // Not a Map: each time one is cleared its table leads to the next one, and once a table has grown old, all that is made
  // after it waits for the slow garbage collection.
  const keys: Key[] = [];
  const values: Value[] = [];
  let isPlanned = false;
  const forget = (): void => {
    isPlanned = false;
    keys.length = 0;
    values.length = 0;
  };
  return (key) => {
    const known = keys.indexOf(key);
    if (known !== -1) return values[known]!;
    const value = answer(key);
    if (keys.length < maxKnown) {
      keys.push(key);
      values.push(value);
    }
    if (!isPlanned) setImmediate(forget);
    isPlanned = true;
    return value;
  };
}

// Looking through more of them takes as long as asking.
const maxKnown = 64;
