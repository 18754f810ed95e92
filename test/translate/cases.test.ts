/** Runs the `chat-*` directories of test/translate/cases; what a case holds is told in its README. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isFailure, type FailureRecord } from '../../src/failure.js';
import type { Delivery } from '../../src/message.js';
import { fromStanza } from '../../src/translate/from-stanza.js';
import { toStanzas } from '../../src/translate/to-stanza.js';
import { FACTS, NOW, normal, parseStanza, plain, stanzasIn } from './stanza-helpers.js';

interface Case {
  readonly meaning?: unknown;
  readonly delivery?: Delivery;
  readonly failure?: FailureRecord;
}

const root = fileURLToPath(new URL('cases/', import.meta.url));
const names = readdirSync(root).filter((name) => name.startsWith('chat-'));

describe('translation cases', () => {
  it('are there', () => {
    expect(names.length).toBeGreaterThan(20);
  });

  it.each(names)('%s', (name) => {
    const read = (file: string): string => readFileSync(`${root}${name}/${file}`, 'utf8');
    const expected = JSON.parse(read('message.json')) as Case;
    const xml = existsSync(`${root}${name}/stanza.xml`) ? read('stanza.xml') : '<stanzas/>';
    if (expected.delivery === undefined) {
      expect(plain(fromStanza(parseStanza(xml), FACTS))).toEqual(expected.meaning);
      return;
    }
    const originalHint = (message: { id: string }): string => `write "original ${message.id}" to mail.example.com`;
    const made = toStanzas(expected.delivery, { gateway: FACTS.gateway, maxBytes: 262_144, now: NOW, originalHint });
    if (isFailure(made)) expect(plain(made)).toEqual(expected.failure);
    else expect(made.map(normal)).toEqual(stanzasIn(xml).map(normal));
  });
});
