/** `/u/NAME`: the page of somebody; `/u/NAME/picture`: his picture; `/u/NAME/embed`: how to show it elsewhere. */
import { parseJid } from '../../address.js';
import type { Clock } from '../../clock.js';
import { isFailure } from '../../failure.js';
import { isId, type Asker } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Answer, Part, WebRequest } from '../answer.js';
import { nameIn } from './names.js';
import { badgeOptions } from './badge-options.js';
import { isAnswer, type Door } from './door.js';
import { embedPage } from './embed.js';
import { EMBED_STYLE } from './embed-style.js';
import { pictureAnswer } from './picture.js';
import { problem } from './problem.js';
import { nobodyPage, profilePage } from './profile.js';
import { PROFILE_STYLE } from './profile-style.js';
import { unlessKnown } from './etag.js';
import { hashOf, policy, sheetAnswer } from './sheet.js';

export interface PeopleParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter'>;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  readonly clock: Clock;
}

const PATH = /^\/u\/([^/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?(?:#|$)/;

const POLICY = policy(hashOf(PROFILE_STYLE), "'none'");
const EMBED_POLICY = policy(hashOf(EMBED_STYLE), "'self'");
const NOBODY = sheetAnswer(404, POLICY, nobodyPage());

export class People implements Part {
  private readonly origin: string;

  constructor(private readonly parts: PeopleParts) {
    this.origin = new URL(parts.publicUrl).origin;
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
    const [, segment = '', below, query = ''] = PATH.exec(request.target) ?? [];
    const asker = this.parts.door.enter(request, below === 'picture' ? 'referrer' : 'origin');
    if (isAnswer(asker)) return asker;
    const name = nameIn(segment);
    if (below === 'embed' && name !== undefined && canBe(name)) return unlessKnown(this.embed(name, query), request.headers);
    // The page is one of our own origin: who names sites names that one too, if he wants to have a page.
    const answer = below === undefined ? this.profile(name, { ...asker, origin: this.origin }) : below === 'picture' ? this.picture(name, asker) : NOBODY;
    return unlessKnown(answer, request.headers);
  }

  private embed(name: string, query: string): Answer {
    return sheetAnswer(200, EMBED_POLICY, embedPage(name, badgeOptions(query), this.parts.publicUrl));
  }

  private picture(name: string | undefined, asker: Asker): Answer<string | Uint8Array> {
    const picture = name === undefined ? undefined : this.parts.publisher.look(name, asker)?.face.picture;
    return picture === undefined ? NOBODY : pictureAnswer(picture);
  }

  private profile(name: string | undefined, asker: Asker): Answer {
    const view = name === undefined ? undefined : this.parts.publisher.look(name, asker);
    return view === undefined ? NOBODY : sheetAnswer(200, POLICY, profilePage(view, this.parts.clock()));
  }
}

/** Whether it could be somebody's, not whether it is. */
function canBe(name: string): boolean {
  return isId(name) || (name.includes('@') && !isFailure(parseJid(name)));
}
