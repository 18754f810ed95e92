/** `/v1/presence`: up to 1,000 at once. */
import { isId } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Answer, WebRequest } from '../answer.js';
import { corsFor, preflight } from './cors.js';
import { isAnswer, type Door, type Entered } from './door.js';
import { SEVERAL, type FormatOfSeveral } from './formats.js';
import { bodyOf, namesInBody, namesInQuery } from './names.js';
import { problem } from './problem.js';
import { Recent, type Told } from './recent.js';
import type { Renderings } from './rendering.js';

export interface SeveralParts {
  readonly publisher: Pick<Publisher, 'look' | 'last'>;
  readonly door: Pick<Door, 'enter' | 'again' | 'asked'>;
  readonly renderings: Renderings;
  /** ms of a clock that goes on evenly. */
  readonly running: () => number;
}

const NONE = new URLSearchParams();

export class Several {
  private readonly recent: Recent;

  constructor(private readonly parts: SeveralParts) {
    this.recent = new Recent(parts.running, () => parts.publisher.last);
  }

  answer(request: WebRequest, query: string): Answer | Promise<Answer> {
    const { method, headers } = request;
    if (method === 'OPTIONS') return preflight('GET, HEAD, POST');
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return problem(405, 'Only GET, HEAD and POST.', { allow: 'GET, HEAD, POST, OPTIONS' });
    const asker = this.parts.door.enter(request);
    if (isAnswer(asker)) return asker;
    const parameters = query === '' ? NONE : new URLSearchParams(query);
    const format = SEVERAL.choose(headers.accept, parameters);
    if ('status' in format) return format;
    if (method === 'POST') return this.post(request, asker, format);
    const told = this.told('query', Buffer.from(query, 'latin1'), () => namesInQuery(parameters), asker, format);
    return 'status' in told ? told : this.paid(request, asker, told).forOne(corsFor(asker), headers['if-none-match']);
  }

  private post(request: WebRequest, asker: Entered, format: FormatOfSeveral): Answer | Promise<Answer> {
    const body = bodyOf(request);
    return 'status' in body ? body : body.then((bytes) => ('status' in bytes ? bytes : this.posted(request, bytes, asker, format)));
  }

  private posted(request: WebRequest, bytes: Buffer, asker: Entered, format: FormatOfSeveral): Answer {
    const refused = this.parts.door.again(request, asker);
    if (refused !== undefined) return refused;
    const told = this.told('body', bytes, () => namesInBody(bytes), asker, format);
    return 'status' in told ? told : this.paid(request, asker, told).once(corsFor(asker));
  }

  /** @param asked as it came: only what was not told just now is taken apart */
  private told(where: 'query' | 'body', asked: Buffer, names: () => readonly string[] | Answer, asker: Entered, format: FormatOfSeveral): Told | Answer {
    const { origin = '', key } = asker;
    return this.recent.of({ asker: `${where} ${format.name}\n${origin}\n${key?.name ?? ''} ${key?.scopes.join() ?? ''}`, asked }, () => {
      const read = names();
      return 'status' in read ? read : this.tell(read, asker, format);
    });
  }

  private tell(names: readonly string[], asker: Entered, format: FormatOfSeveral): Told {
    const views = names.map((name) => this.parts.publisher.look(name, asker) ?? name);
    const unknown = views.filter((view) => typeof view === 'string' && !isId(view)).length;
    return { rendering: this.parts.renderings.several(views, format), names: names.length, unknown };
  }

  private paid(request: WebRequest, asker: Entered, { rendering, names, unknown }: Told): Told['rendering'] {
    this.parts.door.asked(request, asker, names, unknown);
    return rendering;
  }
}
