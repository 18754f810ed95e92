/** A small XMPP client for tests: plain TCP, SASL PLAIN, stanzas in and out as they are. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import xml from '@xmpp/xml';
import { openStream } from './stream-header.js';
import { waitUntil } from './wait.js';
import type { Account, UserName, XmppServer } from './xmpp-server.js';

const LOGIN_DEADLINE_MS = 30_000;
/** Pieces the parser is fed with: ltx is quadratic in the length of an unfinished text. */
const PIECE = 8_192;

export interface ClientOptions {
  /** Sent after the login; default a bare `<presence/>`, `null` for none. */
  readonly presence?: xml.Element | null;
  /** Default: random, so that one user may be connected several times. */
  readonly resource?: string;
  /** Answers pings (XEP-0199), as clients for people do. */
  readonly live?: boolean;
  /** Says that it is such a client (XEP-0030), for example `phone`. */
  readonly kind?: string;
}

/** Logs in as one of the server's users. */
export async function connectClient(server: XmppServer, user: UserName | Account, options: ClientOptions = {}): Promise<TestClient> {
  const socket = connect(server.c2sPort, server.host).setNoDelay(true);
  const client = new TestClient(socket, server.domain, options.live ?? false, options.kind);
  const { jid, password } = typeof user === 'string' ? server.users[user] : user;
  const resource = options.resource ?? `test-${randomBytes(4).toString('hex')}`;
  try {
    await client.login(jid.slice(0, jid.indexOf('@')), password, resource);
  } catch (error) {
    await client.close();
    throw new Error(`${jid} could not log in\n${server.log()}`, { cause: error });
  }
  const presence = options.presence === undefined ? xml('presence') : options.presence;
  if (presence !== null) client.send(presence);
  return client;
}

export class TestClient {
  /** The full JID that the server bound; empty before the login. */
  jid = '';
  /** Every stanza received after the login, in order. */
  readonly received: xml.Element[] = [];
  #parser = new xml.Parser();
  /** Why the stream ended, once it has. */
  #ended: Error | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly domain: string,
    private readonly live: boolean,
    private readonly kind?: string,
  ) {
    const decoder = new StringDecoder('utf8');
    socket.on('data', (bytes) => this.#read(decoder.write(bytes)));
    socket.on('error', (error) => (this.#ended ??= error));
    socket.on('close', () => (this.#ended ??= new Error('the connection was closed')));
  }

  /** True until either side has closed. */
  get open(): boolean {
    return this.#ended === undefined;
  }

  async login(user: string, password: string, resource: string): Promise<void> {
    await this.#openStream();
    this.send(xml('auth', { xmlns: SASL, mechanism: 'PLAIN' }, Buffer.from(`\0${user}\0${password}`).toString('base64')));
    const answer = await this.waitFor((element) => element.getNS() === SASL, LOGIN_DEADLINE_MS);
    if (answer.name !== 'success') throw new Error(answer.toString());
    await this.#openStream();
    const bound = await this.request(xml('iq', { type: 'set' }, xml('bind', { xmlns: BIND }, xml('resource', {}, resource))));
    this.jid = bound.getChild('bind', BIND)?.getChildText('jid') ?? '';
    if (this.jid === '') throw new Error(bound.toString());
    await this.request(xml('iq', { type: 'set' }, xml('session', { xmlns: 'urn:ietf:params:xml:ns:xmpp-session' })));
    this.received.length = 0;
  }

  /** Writes a stanza, or a string exactly as it is. */
  send(stanza: xml.Element | string): void {
    this.socket.write(stanza.toString());
  }

  /** Sends an IQ (with an id of its own, unless it has one) and waits for its result or error. */
  async request(iq: xml.Element, deadlineMs = LOGIN_DEADLINE_MS): Promise<xml.Element> {
    const id = (iq.attrs.id ??= randomBytes(6).toString('hex'));
    this.send(iq);
    return this.waitFor((stanza) => stanza.is('iq') && stanza.attrs.id === id && isAnswer(stanza), deadlineMs);
  }

  /** The first stanza, already received or to come, that fits; throws with all that came at the deadline. */
  async waitFor(predicate: (stanza: xml.Element) => boolean, deadlineMs: number): Promise<xml.Element> {
    const find = (): xml.Element | undefined => {
      const found = this.received.find(predicate);
      if (found === undefined && this.#ended !== undefined) throw this.#ended;
      return found;
    };
    try {
      return await waitUntil('a stanza that fits', find, deadlineMs);
    } catch (error) {
      throw new Error(`${String(error)}; received:\n${this.received.join('\n')}`, { cause: error });
    }
  }

  /** Ends the stream and waits for the socket to be closed. */
  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.end('</stream:stream>');
    this.socket.setTimeout(1_000, () => this.socket.destroy());
    await closed;
  }

  /** Gives the connection away, after the login: what comes from now on is the caller's to read. */
  release(): Socket {
    this.socket.removeAllListeners('data');
    return this.socket;
  }

  /** Drops the connection without a word (the kernel may send RST). */
  destroy(): void {
    this.socket.destroy();
  }

  async #openStream(): Promise<void> {
    this.#parser = new xml.Parser();
    this.#parser.on('element', (element: xml.Element) => {
      this.received.push(element);
      this.#answer(element);
    });
    this.#parser.on('error', (error: Error) => (this.#ended ??= error));
    this.#parser.on('end', () => (this.#ended ??= new Error('the server ended the stream')));
    this.received.length = 0;
    this.send(openStream(this.domain));
    await this.waitFor((element) => element.name === 'stream:features', LOGIN_DEADLINE_MS);
  }

  #answer(iq: xml.Element): void {
    if (!this.socket.writable) return;
    const result = (...children: xml.Element[]) => this.send(xml('iq', { type: 'result', to: iq.attrs.from, id: iq.attrs.id }, children));
    if (this.live && isPing(iq)) result();
    if (this.kind === undefined || iq.attrs.type !== 'get' || iq.getChild('query', INFO) === undefined) return;
    result(xml('query', { xmlns: INFO }, xml('identity', { category: 'client', type: this.kind, name: 'Trial' }), xml('feature', { var: INFO })));
  }

  #read(text: string): void {
    try {
      for (let start = 0; start < text.length; start += PIECE) this.#parser.write(text.slice(start, start + PIECE));
    } catch (error) {
      this.#ended ??= error as Error;
    }
  }
}

const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const INFO = 'http://jabber.org/protocol/disco#info';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';

function isPing(iq: xml.Element): boolean {
  return iq.is('iq') && iq.attrs.type === 'get' && iq.getChild('ping', 'urn:xmpp:ping') !== undefined;
}

function isAnswer(iq: xml.Element): boolean {
  return iq.attrs.type === 'result' || iq.attrs.type === 'error';
}
