/** `/v1`: presence for programs. Who may know what is for `Publisher.look` to say; here is how it is asked and told. */
import type { Publisher } from '../../presence/publisher.js';
import type { Answer, Part, WebRequest } from '../answer.js';
import type { Door } from './door.js';
import { One } from './one.js';
import { OpenApiPart } from './openapi-part.js';
import { BROKEN, NOTHING_HERE } from './problem.js';
import { Renderings } from './rendering.js';
import { Several } from './several.js';

export interface ApiParts {
  readonly publisher: Pick<Publisher, 'look' | 'last'>;
  readonly door: Pick<Door, 'enter' | 'again' | 'asked'>;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  /** ms of a clock that goes on evenly. */
  readonly running: () => number;
  /** By the second segment of the path, such as `stream`. */
  readonly more: ReadonlyMap<string, Part>;
}

const PRESENCE = '/v1/presence';
const ONE = `${PRESENCE}/`;

export class Api implements Part {
  readonly broken = BROKEN;
  private readonly one: One;
  private readonly several: Several;
  private readonly more: ReadonlyMap<string, Part>;

  constructor(parts: ApiParts) {
    const renderings = new Renderings(parts.publicUrl);
    this.one = new One({ ...parts, renderings });
    this.several = new Several({ ...parts, renderings });
    this.more = new Map<string, Part>([...parts.more, ['openapi.json', new OpenApiPart(parts.publicUrl)]]);
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    const { target } = request;
    const end = target.indexOf('?');
    const path = end < 0 ? target : target.slice(0, end);
    const query = end < 0 ? '' : target.slice(end + 1);
    if (path.startsWith(ONE)) return this.one.answer(request, path.slice(ONE.length), query === '' ? undefined : new URLSearchParams(query));
    if (path === PRESENCE) return this.several.answer(request, query);
    return this.more.get(path.split('/')[2] ?? '')?.answer(request) ?? NOTHING_HERE;
  }

}

