/** The stream parser of @xmpp/xml, made safe to feed from a socket. */
import xml from '@xmpp/xml';

/**
 * - An exception of ltx (an unknown entity, an illegal character) becomes an `error` event: thrown from a socket's
 *   `data` listener it would end the process.
 * - Deaf after the first error: the library takes its listeners away then, and an `error` nobody hears is thrown.
 * - ltx scans an unfinished text again at every write. Pieces are held until one ends a tag, so that a large text costs
 *   its length once and not its length per read.
 */
export class SafeParser extends xml.Parser {
  private failed = false;
  private held: string[] = [];

  override write(data: string): void {
    if (this.failed) return;
    this.held.push(data);
    if (!data.includes('>')) return;
    const whole = this.held.length === 1 ? data : this.held.join('');
    this.held = [];
    try {
      super.write(whole);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.failed = true;
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}
