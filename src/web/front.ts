/** The door of the public listener: which part answers which path. */
import type { Answer, InPlace, Part, WebRequest } from './answer.js';
import type { Site } from './site.js';

export interface FrontParts {
  /** Its path may come with requests, or be cut off by the web server in front. */
  readonly publicUrl: string;
  /** By the first segment of the path, such as `v1`. */
  readonly parts: ReadonlyMap<string, Part>;
  /** Answers all the rest. */
  readonly mails: Pick<Site, 'answer'>;
}

export class Front {
  /** With a slash at its end; empty where there is none. */
  private readonly prefix: string;

  constructor(private readonly parts: FrontParts) {
    const path = new URL(parts.publicUrl).pathname.replace(/\/$/, '');
    this.prefix = path === '' ? '' : `${path}/`;
  }

  /** Never rejects. */
  answer(request: WebRequest): Answer | Promise<Answer> | InPlace {
    const target = this.within(request.target);
    const part = this.parts.parts.get(firstSegment(target));
    if (part === undefined) return () => this.mailsAnswer(target, request);
    if (target === request.target) return part.answer(request);
    const { method, headers, address } = request;
    return part.answer({ method, target, headers, address, body: (most) => request.body(most) });
  }

  /** What is answered to one whose answer has failed. @param whole as it stands in the request; undefined: what all are told */
  broken(whole: string): Answer<string | Uint8Array> | undefined {
    return this.parts.parts.get(firstSegment(this.within(whole)))?.broken;
  }

  /** Mails have to be read for theirs. */
  private mailsAnswer(target: string, { method, address, headers: { range } }: WebRequest): Promise<Answer> {
    return this.parts.mails.answer({ method, target, address, ...(range !== undefined && { range }) });
  }

  private within(target: string): string {
    const { prefix } = this;
    return prefix !== '' && target.startsWith(prefix) ? target.slice(prefix.length - 1) : target;
  }
}

/** Looked for by hand: each request comes by here. */
function firstSegment(target: string): string {
  let end = 1;
  while (end < target.length && !'/?#'.includes(target.charAt(end))) end++;
  return target.slice(1, end);
}
