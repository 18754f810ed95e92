/** The opening of a client's stream to a server (RFC 6120 §4.2). */
export function openStream(domain: string): string {
  const names = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'";
  return `<?xml version='1.0'?><stream:stream ${names} to='${domain}' version='1.0'>`;
}
