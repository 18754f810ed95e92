/** What is put into our own pages is text, wherever it stands, unless a template of ours has made it. */
import { expect, it } from 'vitest';
import { escape, html, made } from '../../src/web/markup.js';

it.each([
  ['<', '&lt;'], ['>', '&gt;'], ['&', '&amp;'], ['"', '&quot;'], ["'", '&#39;'], ['a\0b', 'ab'], ['&lt;', '&amp;lt;'], ['<<\'"&>\0', '&lt;&lt;&#39;&quot;&amp;&gt;'], ['grün 漢字 👩‍👩‍👧', 'grün 漢字 👩‍👩‍👧'],
])('%j is written as %j', (text, written) => {
  expect(escape(text)).toBe(written);
  expect(html`<p title="${text}">${text}</p>`.text).toBe(`<p title="${written}">${written}</p>`);
});

it('what a template has made is not made text again, alone or in a list; nothing is nothing', () => {
  const inner = html`<b>${'<i>'}</b>`;
  expect(html`<p>${inner}${[inner, made('<hr>')]}${undefined}${0}</p>`.text).toBe('<p><b>&lt;i&gt;</b><b>&lt;i&gt;</b><hr>0</p>');
});

it('what only looks like markup of ours is text', () => {
  expect(html`${html`<b>`.text}`.text).toBe('&lt;b&gt;');
});
