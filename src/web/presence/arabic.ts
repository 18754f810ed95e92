/** How wide Arabic letters are depends on their neighbours: they join. Pure. */

/** Of a letter: how it looks alone, after one that it joins, before one, and between two (Unicode's presentation forms; not every letter has the last two). */
type Forms = readonly string[];

/** By letter; built when it is first asked for: the presentation forms stand in this order, and each knows its letter (NFKC). */
let known: ReadonlyMap<string, Forms> | undefined;

function forms(): ReadonlyMap<string, Forms> {
  if (known !== undefined) return known;
  const all = new Map<string, string[]>();
  for (const [first, last] of [[0xfb50, 0xfbff], [0xfe80, 0xfefc]] as const) {
    for (let code = first; code <= last; code++) {
      const form = String.fromCharCode(code);
      const letters = form.normalize('NFKC');
      if (letters !== form) all.set(letters, [...(all.get(letters) ?? []), form]);
    }
  }
  return (known = all);
}

/** A mark stands above or below, and parts nothing. */
const MARK = /\p{Mn}/gu;

/** The text with each letter as it looks there: for measuring, not for reading. */
export function joined(text: string): string {
  if (!/[\u0620-\u06ff]/.test(text)) return text;
  const letters = text.replace(MARK, '').match(/\u0644[\u0622\u0623\u0625\u0627]|./gsu) ?? [];
  const joinsNext = (at: number): boolean => (forms().get(letters[at] ?? '')?.length ?? 0) >= 4 && (forms().get(letters[at + 1] ?? '')?.length ?? 0) >= 2;
  return letters.map((letter, i) => forms().get(letter)?.[(joinsNext(i - 1) ? 1 : 0) + (joinsNext(i) ? 2 : 0)] ?? letter).join('');
}
