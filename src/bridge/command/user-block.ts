/** What administrators shut out for everybody. */
import type { Field } from '../../edge.js';
import { isFailure, type Failure } from '../../failure.js';
import type { Command } from '../command.js';
import type { Consent } from '../consent.js';
import type { GatewayBlocks } from '../gateway-blocks.js';
import { shownEntry } from '../strangers.js';

const WHO = 'ADDRESS|@DOMAIN';
const FIELD: Field = { name: 'address', label: 'An address, @domain, or @*.domain for all below it too', kind: 'text', required: true };
/** Of a longer list, so many are shown. */
const MOST_SHOWN = 200;

export function userBlockCommands(blocks: GatewayBlocks, consent: Consent): readonly Command[] {
  const change = async (done: Promise<string | Failure>, words: (entry: string) => string): Promise<string | Failure> => {
    const entry = await done;
    // What waits from there for an answer ends.
    await consent.reload();
    return isFailure(entry) ? entry : words(shownEntry(entry));
  };
  return [
    {
      name: 'user block',
      audience: 'admins',
      title: 'Block a sender for everybody',
      form: WHO,
      meaning: 'for everybody: nothing comes from there, and nothing goes there',
      fields: [FIELD],
      run: (_admin, { address = '' }) => change(blocks.block(address), (entry) => `${entry} is blocked for everybody: nothing comes from there, and nothing goes there.`),
    },
    {
      name: 'user unblock',
      audience: 'admins',
      title: 'Unblock a sender for everybody',
      form: WHO,
      meaning: 'ends such a block; what users have blocked themselves stays blocked',
      fields: [FIELD],
      run: (_admin, { address = '' }) => change(blocks.unblock(address), (entry) => `${entry} is no longer blocked for everybody.`),
    },
    {
      name: 'user blocked',
      audience: 'admins',
      title: 'Blocked for everybody',
      form: '',
      meaning: 'who is blocked for everybody',
      fields: [],
      run: () => listed(blocks),
    },
  ];
}

async function listed(blocks: GatewayBlocks): Promise<string> {
  const entries = await blocks.list();
  if (entries.length === 0) return 'Nobody is blocked for everybody.';
  const more = entries.length - MOST_SHOWN;
  return [...entries.slice(0, MOST_SHOWN).map(({ mail }) => shownEntry(mail)), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
