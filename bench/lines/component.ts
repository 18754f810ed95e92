/** The component of a line: @xmpp/component as it comes. Ends with its parent. */
import { component, type ComponentEntity } from '@xmpp/component';
import type xml from '@xmpp/xml';
import type { FromLine, LineOptions } from '../line.js';

/** What the gateway itself does not use of the library. */
interface WholeEntity extends ComponentEntity {
  start(): Promise<unknown>;
  send(stanza: xml.Element): Promise<void>;
}

export const options = JSON.parse(process.argv[2] ?? '{}') as LineOptions;

export async function connected(): Promise<WholeEntity> {
  process.on('disconnect', () => process.exit(0));
  const entity = component({ service: options.service, domain: options.domain, password: options.secret }) as WholeEntity;
  entity.on('error', (error) => console.error('line:', error));
  await entity.start();
  return entity;
}

export function tell(message: FromLine): void {
  process.send?.(message);
}
