/** What proven authors tell of themselves: kept in the store, and told to chat users when it is new. */
import { hash } from 'node:crypto';
import { formatMailAddress, type MailAddress } from '../address.js';
import { Bounded } from '../bounded.js';
import type { Clock } from '../clock.js';
import type { Person } from '../edge.js';
import type { SparingLog } from '../log.js';
import type { Store } from '../store/store.js';

/** Authors of which the store is not asked again, because they say what they said last. */
const MOST_KNOWN = 10_000;

interface Parts {
  readonly store: Pick<Store, 'learn'>;
  readonly clock: Clock;
  readonly personChanged: (address: MailAddress) => void;
}

export class Acquaintance {
  private readonly known = new Bounded<string, string>(MOST_KNOWN);

  constructor(
    private readonly parts: Parts,
    private readonly trouble: SparingLog,
  ) {}

  /** Never rejects: what could not be kept now is with the author's next mail. */
  async met(author: MailAddress, person: Person): Promise<void> {
    const key = formatMailAddress(author);
    const told = digestOf(person);
    if (told === '' || this.known.get(key) === told) return;
    try {
      if (await this.parts.store.learn(author, person, this.parts.clock())) this.parts.personChanged(author);
      this.known.delete(key);
      this.known.set(key, told);
    } catch (error) {
      this.trouble.error({ err: error }, 'what a mail tells of its author was not kept');
    }
  }
}

/** Empty for one who tells nothing. */
function digestOf({ name, picture }: Person): string {
  if (name === undefined && picture === undefined) return '';
  return `${name ?? ''}\n${picture === undefined ? '' : `${picture.type} ${hash('sha256', picture.bytes, 'base64')}`}`;
}
