/** The door of the public listener: which part answers which path. */
import type { Answer, Part, WebRequest } from './answer.js';
import type { Site } from './site.js';

export interface FrontParts {
  /** Its path may come with requests, or be cut off by the web server in front. */
  readonly publicUrl: string;
  /** By the first segment of the path, such as `v1`. */
  readonly parts: ReadonlyMap<string, Part>;
  /** Answers all the rest. */
  readonly mails: Pick<Site, 'answer'>;
}

export class Front implements Part {
  private readonly prefix: string;

  constructor(private readonly parts: FrontParts) {
    this.prefix = new URL(parts.publicUrl).pathname.replace(/\/$/, '');
  }

  answer(request: WebRequest): Answer | Promise<Answer> {
    const { method, address, headers: { range } } = request;
    const target = this.within(request.target);
    const part = this.parts.parts.get(firstSegment(target));
    if (part === undefined) return this.parts.mails.answer({ method, target, address, ...(range !== undefined && { range }) });
    return part.answer(at(target, request));
  }

  /** Mails have to be read for theirs. */
  takesTime(request: WebRequest): boolean {
    const target = this.within(request.target);
    const part = this.parts.parts.get(firstSegment(target));
    return part === undefined || part.takesTime?.(at(target, request)) === true;
  }

  private within(target: string): string {
    return this.prefix !== '' && target.startsWith(`${this.prefix}/`) ? target.slice(this.prefix.length) : target;
  }
}

function at(target: string, request: WebRequest): WebRequest {
  return target === request.target ? request : { ...request, target, body: (most) => request.body(most) };
}

function firstSegment(target: string): string {
  const end = target.slice(1).search(/[/?#]/);
  return end < 0 ? target.slice(1) : target.slice(1, end + 1);
}
