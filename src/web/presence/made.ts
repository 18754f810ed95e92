/** What was made of each View, for as long as it is the newest; bounded, as strangers choose how many ways it is made. */

/** Bytes. */
const MOST_BYTES = 33_554_432;

export class Made<Answer extends { readonly body: { readonly length: number } }> {
  private all = new WeakMap<object, Map<string, Answer>>();
  /** Of all that was kept since the last clearing, also of Views that have gone. */
  private bytes = 0;

  get(of: object, way: string): Answer | undefined {
    return this.all.get(of)?.get(way);
  }

  /** When it is too much, all goes: what is asked for is soon made again. */
  put(of: object, way: string, answer: Answer): void {
    this.bytes += answer.body.length;
    if (this.bytes > MOST_BYTES) {
      this.all = new WeakMap();
      this.bytes = answer.body.length;
    }
    const ways = this.all.get(of) ?? new Map<string, Answer>();
    this.all.set(of, ways.set(way, answer));
  }
}
