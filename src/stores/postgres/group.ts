/** Items by key, in the order in which keys first appear. (`Map.groupBy` needs Node 21.) */
export function groupBy<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  return groupValues(items, keyOf, (item) => item);
}

/** Values made of items, by key, in the order in which keys first appear. */
export function groupValues<Item, Value>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  valueOf: (item: Item) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const item of items) {
    const key = keyOf(item);
    const held = groups.get(key);
    if (held === undefined) groups.set(key, [valueOf(item)]);
    else held.push(valueOf(item));
  }
  return groups;
}
