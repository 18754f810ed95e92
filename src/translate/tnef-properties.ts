/** MAPI properties as TNEF writes them (MS-OXTNEF 2.1.3.4). */
import { number, pass, take, type Reading, type Scope } from './tnef-steps.js';

export interface Property {
  readonly id: number;
  /** Without the flag for several values. */
  readonly type: number;
  readonly size: number;
}

/** Reads a value; what it leaves of it is passed over. */
export type OnValue = (property: Property, value: Scope) => Reading<void>;

/** Types (MS-OXCDATA 2.11.1). */
export const UNICODE = 0x1f;
export const OBJECT = 0x0d;
export const LONG = 0x03;
const VARIABLE = new Set([0x1e, UNICODE, OBJECT, 0x102]);
const SEVERAL = 0x1000;
/** Bytes of the others, filled up to four. */
const FIXED: Readonly<Record<number, number>> = { 0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0a: 4, 0x0b: 4, 0x14: 8, 0x40: 8, 0x48: 16 };
/** From here on they have names. */
const NAMED = 0x8000;
const GUID = 16;
const NAME_IS_TEXT = 1;

/** Ends at the first that cannot be read: where the next would begin is then not known. */
export function* properties(block: Scope, onValue: OnValue): Reading<void> {
  const count = (yield* number(block)) ?? 0;
  for (let n = 0; n < count; n++) {
    if (!(yield* property(block, onValue))) return;
  }
}

function* property(block: Scope, onValue: OnValue): Reading<boolean> {
  const tag = yield* take(block, 4);
  if (tag === undefined) return false;
  const [kind, id] = [tag.readUInt16LE(0), tag.readUInt16LE(2)];
  const type = kind & ~SEVERAL;
  const fixed = FIXED[type];
  if (fixed === undefined && !VARIABLE.has(type)) return false;
  if (id >= NAMED && !(yield* name(block))) return false;
  const count = fixed === undefined || (kind & SEVERAL) !== 0 ? yield* number(block) : 1;
  for (let n = 0; n < (count ?? 0); n++) {
    const size = fixed ?? (yield* number(block));
    if (size === undefined || size > block.left) return false;
    const value = block.part(size);
    if (n === 0) yield* onValue({ id, type, size }, value);
    yield* pass(value, value.left);
    yield* pass(block, filling(size));
  }
  return count !== undefined;
}

function* name(block: Scope): Reading<boolean> {
  yield* pass(block, GUID);
  const kind = yield* number(block);
  const value = yield* number(block);
  if (value === undefined) return false;
  if (kind === NAME_IS_TEXT) yield* pass(block, value + filling(value));
  return true;
}

function filling(size: number): number {
  return -size & 3;
}
