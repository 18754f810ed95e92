/** Who does not want to be seen looks on the web like who is away, however he hides. */
import { describe, expect, it } from 'vitest';
import xml from '@xmpp/xml';
import { connectClient } from '../servers/client.js';
import { publish, says, shows, time, WEB, word, type Json } from './published.js';
import { setStage, type Stage } from './stage.js';
import { SERVERS } from './world.js';

/** Once asked for, and once with the presence of all being told beside that (XEP-0356), also of who hides. */
const STAGES = SERVERS.flatMap((kind) => [false, true].map((privilege) => ({ kind, privilege })));

describe.each(STAGES)('who does not want to be seen, on $kind, with managed presence $privilege', ({ kind, privilege }) => {
  const stage = setStage(kind, WEB, 'smtp', { privilege, privacyLists: true });

  it('looks like who is away', { timeout: 60_000 }, async () => {
    await publish(stage);
    const looks: Json[] = [];
    for (const { hide, back } of [away(stage), ...hidings(stage, kind, privilege)]) {
      await shows(stage, { presence: 'online' });
      await hide();
      const { changed_at: came, last_seen: seen, ...rest } = await shows(stage, { presence: 'offline' });
      looks.push({ ...rest, times: [came, seen].map((at) => !Number.isNaN(time(at))) });
      await back();
    }
    expect(looks).toEqual(looks.map(() => looks[0]));
    expect(looks[0]).toEqual({ id: stage.world.server.users.juliet.jid, presence: 'offline', strangers: false, times: [true, true] });
  });
});

interface Hiding {
  readonly hide: () => Promise<unknown>;
  readonly back: () => Promise<unknown>;
}

function away(stage: Stage): Hiding {
  return {
    hide: () => stage.juliet.close(),
    back: async () => (stage.juliet = await connectClient(stage.world.server, 'juliet')),
  };
}

/**
 * ejabberd tells of a block nothing (presence-watched.test.ts), but by managed presence, which tells what the client does then. Prosody
 * without `mod_privacy_lists` of its community refuses privacy lists; both refuse XEP-0186.
 */
function hidings(stage: Stage, kind: string, privilege: boolean): readonly Hiding[] {
  const say = (presence: xml.Element): void => stage.juliet.send(presence);
  const set = async (payload: xml.Element): Promise<void> => expect((await stage.juliet.request(xml('iq', { type: 'set' }, payload))).attrs.type).toBe('result');
  const blocking = (name: string): xml.Element => xml(name, { xmlns: 'urn:xmpp:blocking' }, xml('item', { jid: stage.world.server.component }));
  const lists = (child: xml.Element): xml.Element => xml('query', { xmlns: 'jabber:iq:privacy' }, child);
  const blocked: Hiding = {
    hide: async () => {
      await set(blocking('block'));
      say(says(word('show', 'dnd'), word('status', 'hidden')));
    },
    back: async () => {
      await set(blocking('unblock'));
      say(says());
    },
  };
  const invisible: Hiding = {
    hide: async () => {
      await set(lists(xml('list', { name: 'invisible' }, xml('item', { action: 'deny', order: '1' }, xml('presence-out')))));
      say(xml('presence', { type: 'unavailable' }));
      await set(lists(xml('active', { name: 'invisible' })));
      say(says(word('status', 'hidden')));
    },
    back: async () => {
      await set(lists(xml('active')));
      say(says());
    },
  };
  const silent: Hiding = { hide: () => Promise.resolve(say(xml('presence', { type: 'unavailable' }))), back: () => Promise.resolve(say(says())) };
  const toOne: Hiding = {
    hide: async () => {
      await silent.hide();
      say(xml('presence', { to: stage.world.romeo }, word('status', 'for Romeo alone')));
    },
    back: silent.back,
  };
  return [silent, toOne, ...(kind === 'prosody' || privilege ? [blocked] : []), invisible];
}
