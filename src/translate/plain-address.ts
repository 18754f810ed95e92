/** An address as nearly every field holds it: what takes each spelling apart costs twenty times as much. */
import type { HeaderAddress } from './mail-types.js';

const ADDRESS = '[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+';
const PLAIN = new RegExp(`^(?:([A-Za-z0-9]+(?: [A-Za-z0-9]+)*) <(${ADDRESS})>|(${ADDRESS}))$`);

/** `romeo@montague.example`, `Romeo Montague <romeo@montague.example>`; undefined for all that may mean something else. */
export function plainAddress(value: string): HeaderAddress | undefined {
  const [, name = '', named, alone] = PLAIN.exec(value) ?? [];
  const address = named ?? alone;
  return address === undefined ? undefined : { name, address };
}
