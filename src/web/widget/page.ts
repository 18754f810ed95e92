/**
 * Keeps the page of somebody, `/u/NAME`, as the gateway would write it now: it is asked for again, and what differs is put in place. Runs in
 * browsers, where it is `/page.js`. Whom the page is about is its body's `data-of`; what can change has `data-live`.
 */
import { watch } from './live.js';

/** "5 minutes ago" is not true for long. */
const AGAIN_MS = 60_000;

let under = false;
let wanted = false;

/** One at a time; what has changed meanwhile is seen by one more. */
async function renew(): Promise<void> {
  wanted = true;
  if (under) return;
  under = true;
  while (wanted) {
    wanted = false;
    await fetch(location.href, { cache: 'no-cache', credentials: 'omit' }).then(show).catch(() => undefined);
  }
  under = false;
}

async function show(answer: Response): Promise<void> {
  // Hidden, or nobody's: that is a page too. All else is no word of him.
  if (!answer.ok && answer.status !== 404) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  document.title = fresh.title;
  document.body.className = fresh.body.className;
  const icon = fresh.querySelector('link[rel=icon]');
  if (icon !== null) document.querySelector('link[rel=icon]')?.replaceWith(icon);
  const [mine, theirs] = [pieces(document), pieces(fresh)];
  if ([...mine.keys()].join() !== [...theirs.keys()].join()) document.body.replaceChildren(...fresh.body.childNodes);
  else for (const [name, piece] of mine) put(piece, theirs.get(name));
}

function pieces(page: Document): Map<string, Element> {
  return new Map([...page.querySelectorAll('[data-live]')].map((piece) => [piece.getAttribute('data-live') ?? '', piece]));
}

/** What is the same stays: nothing is read out twice, and nobody loses the focus. */
function put(mine: Element, theirs: Element | undefined): void {
  if (theirs !== undefined && mine.innerHTML !== theirs.innerHTML) mine.replaceChildren(...theirs.childNodes);
}

const { of } = document.body.dataset;
if (of !== undefined) {
  watch(of, (_presence, live) => {
    document.body.toggleAttribute('data-is-live', live);
    void renew();
  });
  setInterval(() => {
    if (!document.hidden) void renew();
  }, AGAIN_MS);
}
