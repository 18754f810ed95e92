/** Media types as others write them. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** RFC 6838 §4.2, in lower case and without parameters. */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}
