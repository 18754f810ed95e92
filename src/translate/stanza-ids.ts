/** The ids that our stanzas carry: a message's own id, with a number behind it for the further parts of a long text. */
import type { MessageId } from '../message.js';

const STANZA_ID = /^([0-9a-hjkmnp-tv-z]{26})(?:\.[1-9][0-9]{0,3})?$/;

/** `ID`, `ID.2`, `ID.3`: the same at every try, so that a repeat is known as one. */
export function partId(id: MessageId, index: number): string {
  return index === 0 ? id : `${id}.${index + 1}`;
}

/** The message that a stanza id of ours names; undefined when the id is not of our making. */
export function messageIdOf(stanzaId: string | undefined): MessageId | undefined {
  return stanzaId === undefined ? undefined : STANZA_ID.exec(stanzaId)?.[1];
}
