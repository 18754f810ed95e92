/** The formats of the API, and which of them an asker gets. */
import type { Answer } from '../answer.js';
import type { Format, FormatOfSeveral } from './format.js';
import { JSON_FORMAT } from './json.js';
import { Negotiation } from './negotiate.js';
import { PIDF_FORMAT } from './pidf.js';
import { problem } from './problem.js';
import { TEXT_FORMAT } from './text.js';
import { XML_FORMAT } from './xml.js';

export type { Format, FormatOfSeveral };

class Choice<F extends Format> {
  private readonly negotiation: Negotiation<F>;
  private readonly notSo: Answer;
  private readonly noSuch: Answer;

  constructor(private readonly formats: readonly F[]) {
    this.negotiation = new Negotiation(formats);
    this.notSo = problem(406, `There is ${formats.map(({ type }) => type.split(';')[0]).join(', ')}.`);
    this.noSuch = problem(400, `As format there is ${formats.map(({ name }) => name).join(', ')}.`);
  }

  /** What `?format=` names, else what `Accept` prefers; a problem when there is none of it. */
  choose(accept: string | undefined, query: URLSearchParams | undefined): F | Answer {
    const named = query?.get('format') ?? undefined;
    if (named === undefined) return this.negotiation.choose(accept) ?? this.notSo;
    return this.formats.find(({ name }) => name === named) ?? this.noSuch;
  }
}

const FORMATS: readonly Format[] = [JSON_FORMAT, XML_FORMAT, PIDF_FORMAT, TEXT_FORMAT];

export const ONE = new Choice(FORMATS);
export const SEVERAL = new Choice(FORMATS.filter((format): format is FormatOfSeveral => format.many !== undefined));
