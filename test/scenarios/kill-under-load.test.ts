/** kill -9 again and again under load, both directions at once; every message is counted (issue text: promise 1). */
import { setTimeout as delay } from 'node:timers/promises';
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTransport } from 'nodemailer';
import { waitUntil } from '../servers/wait.js';
import { bodyOf, chat, hasBody } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const KILLS = 5;
/** A raw component loses this many chats at a kill, at a gentle rate; a chat has no answer before it is stored. */
const SILENT_LOSS_PER_KILL = 30;
const ROMEO = 'romeo@montague.test';

describe.each(SERVERS)('kill -9 under load on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'retry = ["1s"]' });

  it('loses no mail that was answered 250, and hardly a chat', async () => {
    const load = { on: true, answered: new Set<string>(), chats: new Set<string>(), bounced: new Set<string>() };
    const senders = [...Array.from({ length: 4 }, (_, i) => postForEver(i, load)), chatForEver(load)];
    for (let kill = 0; kill < KILLS; kill++) {
      const goal = load.answered.size + 20 + randomInt(60);
      await waitUntil('mail flows', () => load.answered.size >= goal, 30_000);
      await stage.world.gateway.kill();
      await stage.world.gateway.start();
    }
    load.on = false;
    await Promise.all(senders);

    await waitUntil('every answered mail arrived', () => missing(load.answered, arrivedMails()).length === 0, 30_000).catch((error: unknown) => {
      throw new Error(`${String(error)}: lost ${missing(load.answered, arrivedMails()).join(' ')}`);
    });
    stage.juliet.send(chat(stage.world.romeo, 'last-chat-of-the-load', 'chat LAST.'));
    await stage.world.outside.waitForMail(({ raw }) => raw.includes('chat LAST.'), 30_000);
    for (const s of stage.juliet.received) if (s.attrs.type === 'error') load.bounced.add(String(s.attrs.id));
    const arrivedChats = new Set(stage.world.outside.mails.map((sunk) => /chat (\d+)\./.exec(bodyOf(sunk))?.[1] ?? ''));
    const silent = missing(load.chats, arrivedChats).filter((id) => !load.bounced.has(`load-chat-number-${id}`));
    console.log(`${kind}: ${load.answered.size} mails answered, none lost; ${load.chats.size} chats, ${load.bounced.size} bounced, ${silent.length} lost in silence over ${KILLS} kills; ${duplicates()} mails twice in chat`);
    expect(silent.length).toBeLessThanOrEqual(KILLS * SILENT_LOSS_PER_KILL);
    for (const [id, ids] of stanzaIds()) expect(ids.size, `mail ${id} has one stanza id`).toBe(1);
  }, 180_000);

  interface Load {
    on: boolean;
    readonly answered: Set<string>;
    readonly chats: Set<string>;
  }

  /** One SMTP client that sends mail after mail; an error means "not answered 250", as for any MTA. */
  async function postForEver(lane: number, load: Load): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: stage.world.gateway.smtpPort, name: 'mx.montague.test', ignoreTLS: true });
    for (let i = 0; load.on; i++) {
      const id = `${lane}-${i}`;
      const raw = mailText({ From: ROMEO, To: 'juliet', 'Message-ID': `<load-${id}@montague.test>` }, `mail ${id}.`);
      try {
        await transport.sendMail({ envelope: { from: ROMEO, to: [`juliet@${stage.world.server.component}`] }, raw });
        load.answered.add(id);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        await delay(50);
      }
    }
  }

  async function chatForEver(load: Load): Promise<void> {
    for (let i = 0; load.on; i++) {
      stage.juliet.send(chat(stage.world.romeo, `load-chat-number-${i}`, `chat ${i}.`));
      load.chats.add(String(i));
      await delay(5);
    }
  }

  function arrivedMails(): Set<string> {
    return new Set(stanzaIds().keys());
  }

  function stanzaIds(): Map<string, Set<string>> {
    const ids = new Map<string, Set<string>>();
    for (const stanza of stage.juliet.received.filter(hasBody('mail '))) {
      const [, id = ''] = /mail (\d+-\d+)\./.exec(stanza.getChildText('body') ?? '') ?? [];
      ids.set(id, (ids.get(id) ?? new Set()).add(String(stanza.attrs.id)));
    }
    return ids;
  }

  function duplicates(): number {
    return stage.juliet.received.filter(hasBody('mail ')).length - stanzaIds().size;
  }
});

function missing(sent: ReadonlySet<string>, arrived: ReadonlySet<string>): string[] {
  return [...sent].filter((id) => !arrived.has(id));
}
