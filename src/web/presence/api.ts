/** `/v1`: presence for programs. Who may know what is for `Publisher.look` to say; here is how it is asked and told. */
import type { Asker } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Answer, Part, WebRequest } from '../answer.js';
import { nameIn, namesInBody, namesInQuery } from './names.js';
import { OPEN, openTo, preflight } from './cors.js';
import { isAnswer, type Door, type Entered } from './door.js';
import type { Format } from './format.js';
import { JSON_FORMAT } from './json.js';
import { Negotiation } from './negotiate.js';
import { OpenApiPart } from './openapi-part.js';
import { PIDF_FORMAT } from './pidf.js';
import { NOT_FOUND, problem } from './problem.js';
import { Rendering, Renderings } from './rendering.js';
import { TEXT_FORMAT } from './text.js';
import { XML_FORMAT } from './xml.js';

export interface ApiParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter' | 'asked'>;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  /** By the second segment of the path, such as `stream`. */
  readonly more: ReadonlyMap<string, Part>;
}

type ManyFormat = Format & Required<Pick<Format, 'many'>>;

const FORMATS: readonly Format[] = [JSON_FORMAT, XML_FORMAT, PIDF_FORMAT, TEXT_FORMAT];
const MANY_FORMATS: readonly ManyFormat[] = FORMATS.filter((format): format is ManyFormat => format.many !== undefined);

const ALL = '/v1/presence';
const ONE = `${ALL}/`;

export class Api implements Part {
  private readonly renderings: Renderings;
  private readonly openApi: OpenApiPart;
  private readonly one = new Negotiation(FORMATS);
  private readonly many = new Negotiation(MANY_FORMATS);

  constructor(private readonly parts: ApiParts) {
    this.renderings = new Renderings(parts.publicUrl);
    this.openApi = new OpenApiPart(parts.publicUrl);
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    const end = request.target.indexOf('?');
    const path = end < 0 ? request.target : request.target.slice(0, end);
    const query = end < 0 ? undefined : new URLSearchParams(request.target.slice(end + 1));
    if (path.startsWith(ONE)) return this.answerOne(request, path.slice(ONE.length), query);
    if (path === ALL) return this.answerMany(request, query ?? new URLSearchParams());
    if (path === '/v1/openapi.json') return this.openApi.answer(request);
    return this.parts.more.get(path.split('/')[2] ?? '')?.answer(request) ?? NOTHING_HERE;
  }

  /** All that can be said without a look is said first, so that it tells nothing of who is there. */
  private answerOne(request: WebRequest, segment: string, query: URLSearchParams | undefined): Answer {
    const { method, headers } = request;
    if (method === 'OPTIONS') return preflight('GET, HEAD');
    if (method !== 'GET' && method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD, OPTIONS' });
    const asker = this.parts.door.enter(request);
    if (isAnswer(asker)) return asker;
    const format = formatOf(this.one, FORMATS, headers.accept, query);
    if ('status' in format) return format;
    const name = nameIn(segment);
    const answer = name === undefined ? undefined : this.look(name, asker, format, headers['if-none-match']);
    this.parts.door.asked(request, asker, 1, answer === undefined ? 1 : 0);
    return answer ?? NOT_FOUND;
  }

  private look(name: string, asker: Asker, format: Format, known: string | undefined): Answer | undefined {
    const { publisher } = this.parts;
    const forAll = publisher.look(name, ANYBODY);
    if (forAll !== undefined) return this.renderings.one(forAll, format).forAll(known);
    const view = publisher.look(name, asker);
    return view && this.renderings.one(view, format).forOne(corsOf(asker), known);
  }

  private answerMany(request: WebRequest, query: URLSearchParams): Answer | Promise<Answer> {
    const { method, headers } = request;
    if (method === 'OPTIONS') return preflight('GET, HEAD, POST');
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return problem(405, 'Only GET, HEAD and POST.', { allow: 'GET, HEAD, POST, OPTIONS' });
    const asker = this.parts.door.enter(request);
    if (isAnswer(asker)) return asker;
    const format = formatOf(this.many, MANY_FORMATS, headers.accept, query);
    if ('status' in format) return format;
    const told = (names: readonly string[] | Answer): Answer => ('status' in names ? names : this.tell(request, names, asker, format));
    // Only who goes while he sends makes it fail; he does not see this.
    return method === 'POST' ? namesInBody(request).then(told, () => problem(400, 'The body did not come whole.')) : told(namesInQuery(query));
  }

  private tell(request: WebRequest, names: readonly string[], asker: Entered, format: ManyFormat): Answer {
    let unknown = 0;
    const pieces = names.map((name) => {
      const view = this.parts.publisher.look(name, asker);
      if (view !== undefined) return this.renderings.piece(view, format);
      unknown++;
      return format.many.unknown(name);
    });
    this.parts.door.asked(request, asker, names.length, unknown);
    return new Rendering(format.many.whole(pieces), format.type).forOne(corsOf(asker), request.method === 'POST' ? undefined : request.headers['if-none-match']);
  }
}

const ANYBODY: Asker = {};
const NOTHING_HERE = problem(404, 'The API has nothing at this path; /v1/openapi.json tells what it has.');

/** An answer that was made for one web origin is for its pages. */
function corsOf({ origin }: Asker): Readonly<Record<string, string>> {
  return origin === undefined ? OPEN : openTo(origin);
}

/** What `?format=` names, else what `Accept` prefers. */
function formatOf<F extends Format>(negotiation: Negotiation<F>, formats: readonly F[], accept: string | undefined, query: URLSearchParams | undefined): F | Answer {
  const named = query?.get('format') ?? undefined;
  if (named !== undefined) return formats.find(({ name }) => name === named) ?? problem(400, `As format there is ${formats.map(({ name }) => name).join(', ')}.`);
  return negotiation.choose(accept) ?? problem(406, `There is ${formats.map(({ type }) => type.split(';')[0]).join(', ')}.`);
}

