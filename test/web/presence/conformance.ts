/** Holds answers against the OpenAPI document, so that the two cannot part. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer, WebRequest } from '../../../src/web/answer.js';
import { openApi } from '../../../src/web/presence/openapi/document.js';

interface Header { readonly required?: boolean; readonly schema: object }
interface Response { readonly headers?: Readonly<Record<string, Header>>; readonly content?: Readonly<Record<string, { readonly schema: object }>> }
type Paths = Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, { readonly $ref: string } | Response>> }>>>>;
interface Document { readonly paths: Paths; readonly components: { readonly responses: Readonly<Record<string, Response>> } }

/** For a client, objects may get further keys; of ours, each is to be told of. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, strict(one)]));
  return inner.type === 'object' && 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}

const DOCUMENT = strict(openApi('https://example.com')) as Document;
const AJV = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: Ajv2020) => void)(AJV);
AJV.addSchema(DOCUMENT, 'api');

/** Throws when the document does not foresee the answer. What it has no path or method for has to be a problem. */
export function checkAnswer({ method, target }: Pick<WebRequest, 'method' | 'target'>, { status, headers, body }: Answer): void {
  if (method === 'OPTIONS') return;
  const path = target.split('?')[0] ?? '';
  const operation = pathOf(path)?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
  const response = operation === undefined ? DOCUMENT.components.responses.Bad : resolved(operation.responses[status]);
  if (response === undefined) throw new Error(`${method} ${path}: ${status} is not in the document`);
  for (const [name, { required, schema }] of Object.entries(response.headers ?? {})) {
    const value = headers[name.toLowerCase()];
    if (value === undefined && required === true) throw new Error(`${method} ${path}: ${status} without ${name}`);
    if (value !== undefined) check(schema, /^\d+$/.test(value) ? Number(value) : value, name);
  }
  const type = headers['content-type']?.split(';')[0];
  if (type === undefined) {
    if (response.content !== undefined) throw new Error(`${method} ${path}: ${status} without a type`);
    return;
  }
  const media = response.content?.[type];
  if (media === undefined) throw new Error(`${method} ${path}: ${status} is not to be ${type}`);
  if (/json$/.test(type) && body instanceof Uint8Array) check(media.schema, JSON.parse(Buffer.from(body).toString()) as unknown, `${method} ${path} ${status}`);
}

/** Throws when it is not what the document says of one user among others. */
export function checkTold(value: unknown): void {
  check({ oneOf: [{ $ref: '#/components/schemas/Presence' }, { $ref: '#/components/schemas/Unknown' }] }, value, 'what was told');
}

function pathOf(path: string): Paths[string] | undefined {
  const template = Object.keys(DOCUMENT.paths).find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]*').replaceAll('.', '\\.')}$`).test(path));
  return template === undefined ? undefined : DOCUMENT.paths[template];
}

function resolved(response: { readonly $ref: string } | Response | undefined): Response | undefined {
  return response !== undefined && '$ref' in response ? DOCUMENT.components.responses[response.$ref.split('/').at(-1) ?? ''] : response;
}

function check(schema: object, value: unknown, what: string): void {
  const validate = AJV.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object);
  if (!validate(value)) throw new Error(`${what}: ${AJV.errorsText(validate.errors)}`);
}
