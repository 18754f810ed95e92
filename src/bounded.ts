/** A map that forgets its oldest entries. */
export class Bounded<K, V> {
  private readonly entries = new Map<K, V>();

  constructor(private readonly most: number) {}

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  set(key: K, value: V): void {
    this.entries.set(key, value);
    if (this.entries.size <= this.most) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }

  /** What is deleted first is the newest when it is set again. */
  delete(key: K): void {
    this.entries.delete(key);
  }

  /** Walks over all. */
  deleteWhere(isOver: (key: K) => boolean): void {
    for (const key of this.entries.keys()) if (isOver(key)) this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
