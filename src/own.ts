/** What stands in a table of ours under a foreign name: `constructor` and its like, which every object inherits, stand in none. */
export function own<V>(table: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
