/** Who follows whom: by name, and by who asks, since what one may see another may not. */
import { formatBareJid, parseJid } from '../../address.js';
import { isFailure } from '../../failure.js';
import { isId, type Asker } from '../../presence/publication.js';
import type { View } from '../../presence/view.js';

/** All readers of one name who may see the same. */
export interface Follow<R> {
  readonly name: string;
  readonly asker: Asker;
  /** Who `asker` is, as text. */
  readonly who: string;
  /** What they were told last. */
  shown: View | undefined;
  readonly readers: Set<R>;
}

/** The name that changes are told under; undefined for what can never be anybody's. */
export function followedName(name: string): string | undefined {
  if (isId(name)) return name;
  const jid = parseJid(name);
  return isFailure(jid) || jid.local === '' ? undefined : formatBareJid(jid);
}

/** Long names count more than once. */
const UNIT = 64;

export class Follows<R> {
  private readonly byName = new Map<string, Map<string, Follow<R>>>();
  private held = 0;
  private rounds = this.byName.keys();

  /** Names and who asks for them, in units of 64 characters: a measure of the memory that they take. */
  get size(): number {
    return this.held;
  }

  of(name: string): Iterable<Follow<R>> {
    return this.byName.get(name)?.values() ?? [];
  }

  /** One after the other, each name in turn; undefined at the end of a round. */
  next(): string | undefined {
    const { value } = this.rounds.next();
    if (value === undefined) this.rounds = this.byName.keys();
    return value;
  }

  /** To be left by whoever is added to its readers. */
  at(name: string, asker: Asker): Follow<R> {
    const who = whoOf(asker);
    const known = this.byName.get(name)?.get(who);
    if (known !== undefined) return known;
    // A copy: the name may be a piece of a large request, which would be kept with it.
    const own = Buffer.from(name).toString();
    const follow = { name: own, asker, who, shown: undefined, readers: new Set<R>() };
    const all = this.byName.get(own) ?? new Map<string, Follow<R>>();
    this.byName.set(own, all.set(who, follow));
    this.held += unitsOf(follow);
    return follow;
  }

  leave(follow: Follow<R>, reader: R): void {
    const all = this.byName.get(follow.name);
    if (!follow.readers.delete(reader) || follow.readers.size > 0 || all === undefined) return;
    all.delete(follow.who);
    if (all.size === 0) this.byName.delete(follow.name);
    this.held -= unitsOf(follow);
  }
}

function unitsOf({ name, who }: Pick<Follow<never>, 'name' | 'who'>): number {
  return 1 + Math.floor((name.length + who.length) / UNIT);
}

/** Neither origins nor names of keys have spaces. A key that is made anew may have other scopes. */
function whoOf({ origin = '', key }: Asker): string {
  return key === undefined ? origin : `${origin} ${key.name} ${key.scopes.join()}`;
}
