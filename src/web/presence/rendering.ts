/** Documents as answers: made once for each View and format, and known again by the asker. */
import type { View } from '../../presence/view.js';
import { DISCREET, prepared, type Answer } from '../answer.js';
import { OPEN } from './cors.js';
import { isKnown, tagOf } from './etag.js';
import type { Format, FormatOfSeveral } from './format.js';

type Headers = Readonly<Record<string, string>>;

/** Kept by whoever likes, asked about each time: what a user hides is hidden at once. */
const ANYBODYS = { ...DISCREET, 'cache-control': 'no-cache' };
/** For this asker alone. */
const OWN = { ...DISCREET, 'cache-control': 'private, no-cache' };

/** One document. */
export class Rendering {
  private tag: string | undefined;
  private open: { readonly whole: Answer; readonly unchanged: Answer } | undefined;
  private onceOpen: Answer | undefined;

  /** @param type its Content-Type */
  constructor(private readonly body: Buffer, private readonly type: string) {}

  private get etag(): string {
    return (this.tag ??= tagOf(this.type, '\n', this.body));
  }

  /** Bytes. */
  get size(): number {
    return this.body.length;
  }

  /** For anybody. @param known the request's If-None-Match */
  forAll(known: string | undefined): Answer {
    this.open ??= this.openAnswers();
    return isKnown(known, this.etag) ? this.open.unchanged : this.open.whole;
  }

  /** @param cors for whom. @param known the request's If-None-Match */
  forOne(cors: Headers, known: string | undefined): Answer {
    const { whole, unchanged } = this.answers({ ...OWN, ...cors });
    return isKnown(known, this.etag) ? unchanged : whole;
  }

  /** To a question that has no place to be asked about again. @param cors for whom */
  once(cors: Headers): Answer {
    return cors === OPEN ? (this.onceOpen ??= prepared(this.toOne(cors))) : this.toOne(cors);
  }

  private openAnswers(): { readonly whole: Answer; readonly unchanged: Answer } {
    const { whole, unchanged } = this.answers({ ...ANYBODYS, ...OPEN });
    return { whole: prepared(whole), unchanged };
  }

  private toOne(cors: Headers): Answer<Buffer> {
    return { status: 200, headers: { ...OWN, ...cors, 'cache-control': 'private, no-store', ...this.content }, body: this.body };
  }

  private get content(): Headers {
    return { 'content-type': this.type, 'content-length': `${this.body.length}` };
  }

  private answers(more: Headers): { readonly whole: Answer<Buffer>; readonly unchanged: Answer } {
    const headers = { ...more, etag: this.etag };
    return {
      whole: { status: 200, headers: { ...headers, ...this.content }, body: this.body },
      unchanged: { status: 304, headers, body: '' },
    };
  }
}

interface Made {
  one?: Rendering;
  /** With what stands between two. */
  piece?: Buffer;
}

/** What was made of each View, for as long as the View is the newest. */
export class Renderings {
  private readonly made = new Map<Format, WeakMap<View, Made>>();

  constructor(private readonly publicUrl: string) {}

  one(view: View, format: Format): Rendering {
    return (this.of(view, format).one ??= new Rendering(Buffer.from(format.one(view, this.publicUrl)), format.type));
  }

  /** @param views in the order asked; a name stands for one who is not seen */
  several(views: readonly (View | string)[], format: FormatOfSeveral): Rendering {
    const { head, between, tail } = format.many;
    const pieces = views.map((view) => (typeof view === 'string' ? Buffer.from(format.many.unknown(view) + between) : this.piece(view, format)));
    const whole = Buffer.allocUnsafe(pieces.reduce((size, piece) => size + piece.length, Buffer.byteLength(head) + Buffer.byteLength(tail)));
    let at = whole.write(head);
    for (const piece of pieces) at += piece.copy(whole, at);
    if (pieces.length > 0) at -= between.length;
    at += whole.write(tail, at);
    return new Rendering(whole.subarray(0, at), format.type);
  }

  private piece(view: View, format: FormatOfSeveral): Buffer {
    return (this.of(view, format).piece ??= Buffer.from(format.many.piece(view, this.publicUrl) + format.many.between));
  }

  private of(view: View, format: Format): Made {
    let views = this.made.get(format);
    if (views === undefined) this.made.set(format, (views = new WeakMap<View, Made>()));
    let made = views.get(view);
    if (made === undefined) views.set(view, (made = {}));
    return made;
  }
}
