/** A chat client that writes much and never more than a window ahead of what has arrived at the other end. */
import type { Socket } from 'node:net';
import xml from '@xmpp/xml';
import { WRITERS } from './mails.js';

/** Enough that the XMPP server is never without work, and few enough that nobody's memory is measured. */
const WINDOW = 1_000;
/** Only a message that was lost takes so long, on a busy machine too. */
const DEADLINE_MS = 60_000;
const LINE = 'But soft, what light through yonder window breaks? It is the east, and Juliet is the sun. ';

/** Counts messages that have come out at the other end; duplicates are not told apart from the rest (`npm run faults` does that). */
export interface Counter {
  readonly count: number;
  onCount: ((count: number) => void) | undefined;
}

export interface ChatKind {
  readonly component: string;
  /** Of text. */
  readonly bytes: number;
  /** Mail addresses, by turns. */
  readonly readers?: readonly string[];
}

/** @param batch begins their ids, which no other batch may have */
export function makeChats(batch: string, count: number, { component, bytes, readers = WRITERS }: ChatKind): string[] {
  const body = LINE.repeat(Math.ceil(bytes / LINE.length));
  return Array.from({ length: count }, (_, i) => {
    const to = (readers[i % readers.length] ?? '').replace('@', '%');
    const id = `${batch}-${i}`;
    return xml('message', { to: `${to}@${component}`, type: 'chat', id }, xml('body', {}, `${id} ${body}`.slice(0, bytes))).toString();
  });
}

/** Resolves when the counter has grown by as many as were sent. */
export async function sendChats(socket: Socket, chats: readonly string[], counter: Counter): Promise<void> {
  const start = counter.count;
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve, reject) => {
    const pump = (count: number): void => {
      const arrived = count - start;
      if (arrived >= chats.length) return resolve();
      const until = Math.min(chats.length, arrived + WINDOW);
      if (until > sent) socket.write(chats.slice(sent, until).join(''));
      sent = Math.max(sent, until);
    };
    timer = setTimeout(() => reject(new Error(`${counter.count - start} of ${chats.length} messages arrived within ${DEADLINE_MS / 1_000} s`)), DEADLINE_MS);
    counter.onCount = pump;
    pump(start);
  }).finally(() => clearTimeout(timer));
}
