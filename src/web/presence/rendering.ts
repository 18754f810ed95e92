/** Documents as answers: made once for each View and format, and known again by the asker. */
import { createHash } from 'node:crypto';
import type { View } from '../../presence/view.js';
import { DISCREET, type Answer } from '../answer.js';
import { OPEN } from './cors.js';
import type { Format } from './format.js';

type Headers = Readonly<Record<string, string>>;

/** Kept by whoever likes, asked about each time: what a user hides is hidden at once. */
const ANYBODYS = { ...DISCREET, 'cache-control': 'no-cache' };
/** For this asker alone. */
const OWN = { ...DISCREET, 'cache-control': 'private, no-cache' };

/** One document. */
export class Rendering {
  private readonly body: Buffer;
  /** Strong. It tells nothing that the document does not: a count of changes would show which link and which JID are one user's. */
  private readonly etag: string;
  private open: { readonly whole: Answer; readonly unchanged: Answer } | undefined;

  constructor(text: string, private readonly type: string) {
    this.body = Buffer.from(text);
    this.etag = `"${createHash('sha256').update(type).update('\n').update(this.body).digest('base64url').slice(0, 22)}"`;
  }

  /** For anybody. @param known the request's If-None-Match */
  forAll(known: string | undefined): Answer {
    this.open ??= this.answers({ ...ANYBODYS, ...OPEN });
    return this.isKnown(known) ? this.open.unchanged : this.open.whole;
  }

  /** @param cors for whom. @param known the request's If-None-Match */
  forOne(cors: Headers, known: string | undefined): Answer {
    const { whole, unchanged } = this.answers({ ...OWN, ...cors });
    return this.isKnown(known) ? unchanged : whole;
  }

  private answers(more: Headers): { readonly whole: Answer; readonly unchanged: Answer } {
    const headers = { ...more, etag: this.etag };
    return {
      whole: { status: 200, headers: { ...headers, 'content-type': this.type, 'content-length': `${this.body.length}` }, body: this.body },
      unchanged: { status: 304, headers, body: '' },
    };
  }

  /** RFC 9110 §13.1.2: a weak comparison. */
  private isKnown(known: string | undefined): boolean {
    if (known === undefined) return false;
    return known === this.etag || known.trim() === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === this.etag);
  }
}

interface Made {
  one?: Rendering;
  piece?: string;
}

/** What was made of each View, for as long as the View is the newest. */
export class Renderings {
  private readonly made = new Map<Format, WeakMap<View, Made>>();

  constructor(private readonly publicUrl: string) {}

  one(view: View, format: Format): Rendering {
    return (this.of(view, format).one ??= new Rendering(format.one(view, this.publicUrl), format.type));
  }

  /** A part of a document of several. */
  piece(view: View, format: Format & Required<Pick<Format, 'many'>>): string {
    return (this.of(view, format).piece ??= format.many.piece(view, this.publicUrl));
  }

  private of(view: View, format: Format): Made {
    let views = this.made.get(format);
    if (views === undefined) this.made.set(format, (views = new WeakMap<View, Made>()));
    let made = views.get(view);
    if (made === undefined) views.set(view, (made = {}));
    return made;
  }
}
