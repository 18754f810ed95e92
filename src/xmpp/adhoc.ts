/**
 * Ad-hoc commands (XEP-0050) of the gateway: each is one form, or none. What it does, and for whom, is behind `Commands`.
 */
import type { Jid } from '../address.js';
import type { Clock } from '../clock.js';
import type { Commands, Form } from '../edge.js';
import { isFailure, type Failure, type Reason } from '../failure.js';
import { cleanText } from '../translate/xml-text.js';
import { filledIn, formIn, formToFill } from './forms.js';
import type { Request } from './responder.js';
import { Sessions } from './sessions.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

/** XEP-0050 §4.4: what is wrong with a request, said more exactly. */
function wrong(specific: string): StanzaError {
  return { type: 'modify', condition: 'bad-request', specific: { name: specific, namespace: NS.commands } };
}

const UNKNOWN: StanzaError = { type: 'cancel', condition: 'item-not-found' };

/** What the user can put right in the same form. */
const HIS_TO_MEND: ReadonlySet<Reason> = new Set<Reason>(['bad-content', 'bad-address']);

/** With one form there is no next one; a client that goes on with `next` all the same has filled it in (XEP-0050 §3.4). */
const SUBMITS: ReadonlySet<string> = new Set(['execute', 'complete', 'next']);
const ACTIONS: ReadonlySet<string> = new Set([...SUBMITS, 'prev', 'cancel']);

/** Sessions at once. */
const MOST_OF_USERS = 5_000;
const MOST_OF_STRANGERS = 500;

export class AdHoc {
  private readonly usersSessions: Sessions;
  private readonly strangersSessions: Sessions;

  /** @param serves is this chat user one of the gateway's? */
  constructor(
    private readonly commands: Commands,
    private readonly serves: (user: Jid) => boolean,
    clock: Clock,
  ) {
    this.usersSessions = new Sessions(clock, MOST_OF_USERS);
    this.strangersSessions = new Sessions(clock, MOST_OF_STRANGERS);
  }

  /** A server can make up as many strangers as it likes: they push out each other, and no user. */
  private sessions(from: Jid): Sessions {
    return this.serves(from) ? this.usersSessions : this.strangersSessions;
  }

  /** Items of the node `http://jabber.org/protocol/commands` (XEP-0050 §2.2): what whoever asks may execute. */
  items({ from, to }: Request): Element {
    const items = this.commands.list(from).map(({ node, title }) => el('item', { jid: to.domain, node, name: title }));
    return el('query', { xmlns: NS.items, node: NS.commands }, items);
  }

  /** What a node is (XEP-0050 §2.3). */
  info({ from }: Request, node: string): Element | StanzaError {
    const title = node === NS.commands ? 'Commands' : this.commands.list(from).find((one) => one.node === node)?.title;
    if (title === undefined) return UNKNOWN;
    const type = node === NS.commands ? 'command-list' : 'command-node';
    const features = [NS.commands, NS.forms].map((name) => el('feature', { var: name }));
    return el('query', { xmlns: NS.info, node }, el('identity', { category: 'automation', type, name: title }), features);
  }

  /** A `<command/>` of type set. Rejects as the commands do. */
  async take(request: Request): Promise<Element | StanzaError> {
    const { node = '', sessionid, action = 'execute' } = request.payload.attrs;
    if (!ACTIONS.has(action)) return wrong('malformed-action');
    if (sessionid === undefined) return action === 'execute' ? this.begin(request, node) : wrong('bad-sessionid');
    if (action === 'prev') return wrong('bad-action');
    if (!this.sessions(request.from).take(sessionid, request.from, node)) return wrong('bad-sessionid');
    const form = formIn(request.payload);
    if (action === 'cancel' || form?.attrs.type === 'cancel') return command({ node, sessionid, status: 'canceled' });
    if (form === undefined) {
      this.sessions(request.from).goOn(sessionid, request.from, node);
      return wrong('bad-payload');
    }
    return this.submit(request, { node, sessionid }, form);
  }

  private async begin({ from }: Request, node: string): Promise<Element | StanzaError> {
    const form = await this.commands.form(from, node);
    if (isFailure(form)) return refusal(form);
    const sessionid = this.sessions(from).begin(from, node);
    if (form !== undefined) return asking({ node, sessionid }, form);
    this.sessions(from).take(sessionid, from, node);
    return told({ node, sessionid }, await this.commands.run(from, node, {}));
  }

  private async submit({ from }: Request, session: SessionName, x: Element): Promise<Element | StanzaError> {
    const { node, sessionid } = session;
    const form = await this.commands.form(from, node);
    if (isFailure(form)) return refusal(form);
    const values = filledIn(x, form?.fields ?? []);
    const answer = await this.commands.run(from, node, values);
    if (form === undefined || !isFailure(answer) || !HIS_TO_MEND.has(answer.reason)) return told(session, answer);
    this.sessions(from).goOn(sessionid, from, node);
    return asking(session, { ...form, values: { ...form.values, ...values } }, answer);
  }
}

interface SessionName {
  readonly node: string;
  readonly sessionid: string;
}

/** The form, once more with what is wrong in it. */
function asking({ node, sessionid }: SessionName, form: Form, failure?: Failure): Element {
  const actions = el('actions', { execute: 'complete' }, el('complete'));
  return command({ node, sessionid, status: 'executing' }, failure && note('error', failure.text), actions, formToFill(form));
}

/** XEP-0050 §4.3: what fails is completed as well. */
function told({ node, sessionid }: SessionName, answer: string | Failure): Element {
  const said = isFailure(answer) ? note('error', answer.text) : note('info', answer);
  return command({ node, sessionid, status: 'completed' }, said);
}

function command(attrs: SessionName & { readonly status: string }, ...children: (Element | undefined)[]): Element {
  return el('command', { xmlns: NS.commands, ...attrs }, children);
}

function note(type: 'info' | 'error', text: string): Element {
  return el('note', { type }, cleanText(text));
}

/** XEP-0050 §4.4: 403 for who may not, 404 for what there is not. */
function refusal({ reason, text }: Failure): StanzaError {
  return reason === 'not-allowed' ? { type: 'auth', condition: 'forbidden', text } : { ...UNKNOWN, text };
}
