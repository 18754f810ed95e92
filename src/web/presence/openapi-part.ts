/** `/v1/openapi.json`. */
import type { Answer, Part, WebRequest } from '../answer.js';
import { preflight } from './cors.js';
import { openApi } from './openapi/document.js';
import { problem } from './problem.js';
import { Rendering } from './rendering.js';

export class OpenApiPart implements Part {
  private readonly document: Rendering;

  constructor(publicUrl: string) {
    this.document = new Rendering(Buffer.from(JSON.stringify(openApi(publicUrl))), 'application/json');
  }

  answer({ method, headers }: WebRequest): Answer {
    if (method === 'OPTIONS') return preflight('GET, HEAD');
    if (method !== 'GET' && method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD, OPTIONS' });
    return this.document.forAll(headers['if-none-match']);
  }
}
