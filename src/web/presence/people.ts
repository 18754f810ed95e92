/** `/u/NAME`: the page of somebody, and what stands below it. */
import type { Clock } from '../../clock.js';
import type { Asker } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Answer, Part, WebRequest } from '../answer.js';
import { nameIn } from './names.js';
import { isAnswer, type Door } from './door.js';
import { problem } from './problem.js';
import { nobodyPage, profilePage } from './profile.js';
import { PROFILE_STYLE } from './profile-style.js';
import { hashOf, policy, sheetAnswer, unlessKnown } from './sheet.js';

export interface PeopleParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter' | 'asked'>;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

const PATH = /^\/u\/([^/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?(?:#|$)/;

const POLICY = policy(hashOf(PROFILE_STYLE), "'none'");
const NOBODY = sheetAnswer(404, POLICY, nobodyPage());

export class People implements Part {
  private readonly origin: string;

  constructor(private readonly parts: PeopleParts) {
    this.origin = new URL(parts.publicUrl).origin;
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
    const asker = this.parts.door.enter(request);
    if (isAnswer(asker)) return asker;
    const [, segment = '', below] = PATH.exec(request.target) ?? [];
    // The page is one of our own origin: who names sites names that one too, if he wants to have a page.
    const answer = below === undefined ? this.profile(nameIn(segment), { ...asker, origin: this.origin }) : NOBODY;
    if (answer.status === 404) this.parts.door.asked(request, asker, 1, 1);
    return unlessKnown(answer, request.headers);
  }

  private profile(name: string | undefined, asker: Asker): Answer {
    const view = name === undefined ? undefined : this.parts.publisher.look(name, asker);
    return view === undefined ? NOBODY : sheetAnswer(200, POLICY, profilePage(view, this.parts.clock()));
  }
}
