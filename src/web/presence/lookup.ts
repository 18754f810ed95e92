/**
 * `/v1/lookup`: the chat user of a mail address, and where he is, for API keys with the scope `lookup` (row A7). What is told is what he lets be
 * seen under his JID by this key; of all others there is the same answer, and after the same look at the store.
 */
import { formatBareJid, parseMailAddress, type Jid, type MailAddress } from '../../address.js';
import { isFailure } from '../../failure.js';
import { SparingLog, type Log } from '../../log.js';
import type { Publisher } from '../../presence/publisher.js';
import type { View } from '../../presence/view.js';
import { DISCREET, type Answer, type Part, type WebRequest } from '../answer.js';
import { isAnswer, type Door, type Entered } from './door.js';
import { presenceJson, unknownJson } from './json.js';
import { bodyOf, namesInBody } from './names.js';
import { NOT_FOUND, NOTHING_HERE, problem } from './problem.js';

export interface LookupParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter' | 'again' | 'asked'>;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  /** Whose mail address it is, as far as that may be told; a bare JID. Rejects as the store does. */
  readonly ownerOf: (mail: MailAddress) => Promise<Jid | undefined>;
  readonly log: Log;
}

export class Lookup implements Part {
  private readonly trouble: SparingLog;

  constructor(private readonly parts: LookupParts) {
    this.trouble = new SparingLog(parts.log);
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    const { method, target } = request;
    const [path, query = ''] = target.split('?');
    if (path !== '/v1/lookup') return NOTHING_HERE;
    // No preflight: a page of another site has no key.
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return problem(405, 'Only GET, HEAD and POST.', { allow: 'GET, HEAD, POST' });
    const asker = this.parts.door.enter(request);
    if (isAnswer(asker)) return asker;
    if (asker.key === undefined) return NO_KEY;
    if (!asker.key.scopes.includes('lookup')) return NO_SCOPE;
    return this.found(request, asker, query).catch((err: unknown) => {
      this.trouble.error({ err }, 'a mail address could not be looked up');
      return BUSY;
    });
  }

  private async found(request: WebRequest, asker: Entered, query: string): Promise<Answer> {
    if (request.method === 'POST') return this.many(request, asker);
    const [typed = '', ...more] = new URLSearchParams(query).getAll('mail');
    const mail = parseMailAddress(typed);
    if (isFailure(mail) || more.length > 0) return problem(400, 'Ask with ?mail=ADDRESS, once.');
    const view = await this.look(mail, asker);
    return view === undefined ? NOT_FOUND : json(presenceJson(view, this.parts.publicUrl));
  }

  private async many(request: WebRequest, asker: Entered): Promise<Answer> {
    const bytes = await bodyOf(request);
    const typed = 'status' in bytes ? bytes : namesInBody(bytes, 'mail');
    if ('status' in typed) return typed;
    const refused = this.parts.door.again(request, asker);
    if (refused !== undefined) return refused;
    this.parts.door.asked(request, asker, typed.length, 0);
    const views = await Promise.all(typed.map((text) => this.lookTyped(text, asker)));
    const told = views.map((view, i) => (view === undefined ? unknownJson(typed[i] ?? '') : presenceJson(view, this.parts.publicUrl)));
    return json(`{"presences":[${told.join(',')}]}`);
  }

  private async lookTyped(text: string, asker: Entered): Promise<View | undefined> {
    const mail = parseMailAddress(text);
    return isFailure(mail) ? undefined : this.look(mail, asker);
  }

  private async look(mail: MailAddress, asker: Entered): Promise<View | undefined> {
    const user = await this.parts.ownerOf(mail);
    return user && this.parts.publisher.look(formatBareJid(user), asker);
  }
}

const REALM = 'Bearer realm="presence"';
/** RFC 6750 §3: no error code where no key was shown. */
const NO_KEY = problem(401, 'Mail addresses are looked up with an API key only.', { 'www-authenticate': REALM });
const NO_SCOPE = problem(403, 'This API key does not have the scope lookup.', { 'www-authenticate': `${REALM}, error="insufficient_scope", scope="lookup"` });
const BUSY = problem(503, 'This cannot be looked up now. Try again later.', { 'retry-after': '5' });

function json(text: string): Answer {
  const body = Buffer.from(text);
  return { status: 200, headers: { ...DISCREET, 'content-type': 'application/json', 'content-length': `${body.length}` }, body };
}
