/** `/u/NAME`: the page of somebody; `/u/NAME/picture`: his picture; `/u/NAME/embed`: how to show it elsewhere. */
import { parseJid } from '../../address.js';
import type { Clock } from '../../clock.js';
import { isFailure } from '../../failure.js';
import { isId, type Asker } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Answer, Part, WebRequest } from '../answer.js';
import { nameIn } from './names.js';
import { chosenLanguage, codeOf, ENGLISH, LANGUAGES, languageOf, type Language } from './language.js';
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

/** UTF-16 units that are looked at. */
const LONGEST_QUERY = 2_000;

const POLICY = policy(hashOf(PROFILE_STYLE), "'none'");
const EMBED_POLICY = policy(hashOf(EMBED_STYLE), "'self'");
const NOBODY = new Map(LANGUAGES.map((language) => [language, sheetAnswer(404, POLICY, language, nobodyPage(language))]));

export class People implements Part {
  private readonly origin: string;

  constructor(private readonly parts: PeopleParts) {
    this.origin = new URL(parts.publicUrl).origin;
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
    const [, segment = '', below, query = ''] = PATH.exec(request.target) ?? [];
    const asker = this.parts.door.enter(request, 'referrer');
    if (isAnswer(asker)) return asker;
    const name = nameIn(segment);
    const asked = new URLSearchParams(query.slice(0, LONGEST_QUERY)).get('lang');
    const language = chosenLanguage(asked, request.headers['accept-language']);
    // What the address says goes on with the links of the page.
    const onward = asked === null || languageOf(asked) === undefined ? '' : `?lang=${codeOf(language)}`;
    if (below === 'embed' && name !== undefined && canBe(name)) return unlessKnown(this.embed(name, query, language, onward), request.headers);
    // The page is one of our own origin: who names sites names that one too, if he wants to have a page.
    const answer = below === undefined ? this.profile(name, { ...asker, origin: this.origin }, language, onward) : below === 'picture' ? this.picture(name, asker, language) : nobody(language);
    return unlessKnown(answer, request.headers);
  }

  private embed(name: string, query: string, language: Language, onward: string): Answer {
    return sheetAnswer(200, EMBED_POLICY, language, embedPage(name, { ...badgeOptions(query), language }, { publicUrl: this.parts.publicUrl, onward }));
  }

  private picture(name: string | undefined, asker: Asker, language: Language): Answer<string | Uint8Array> {
    const picture = name === undefined ? undefined : this.parts.publisher.look(name, asker)?.face.picture;
    return picture === undefined ? nobody(language) : pictureAnswer(picture);
  }

  private profile(name: string | undefined, asker: Asker, language: Language, onward: string): Answer {
    const view = name === undefined ? undefined : this.parts.publisher.look(name, asker);
    if (view === undefined) return nobody(language);
    return sheetAnswer(200, POLICY, language, profilePage(view, language, this.parts.clock(), onward));
  }
}

function nobody(language: Language): Answer<string> {
  return NOBODY.get(language) ?? nobody(ENGLISH);
}

/** Whether it could be somebody's, not whether it is. */
function canBe(name: string): boolean {
  return isId(name) || (name.includes('@') && !isFailure(parseJid(name)));
}
