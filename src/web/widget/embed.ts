/**
 * For the generator, `/u/NAME/embed`: what is chosen is shown at once, buttons copy, and the live sign is live. Runs in browsers, where it is `/embed.js`;
 * without it a button shows the choice, and people copy by hand.
 */
import './widget.js';

/** Whoever types is shown what he has typed when he pauses: each showing is several requests, and they are counted. */
const PAUSE_MS = 300;

const form = document.querySelector('form');
/** In the language of the page. */
const { copy: COPY = '', copied: COPIED = '', press: PRESS = '' } = form?.dataset ?? {};

function addButtons(): void {
  // Only pages that came by HTTPS may write to the clipboard.
  if (!isSecureContext) return;
  for (const text of document.querySelectorAll('textarea')) {
    if (text.nextElementSibling !== null) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    say(button, COPY, text);
    button.addEventListener('click', () => void copy(text, button));
    text.after(button);
  }
}

async function copy(text: HTMLTextAreaElement, button: HTMLButtonElement): Promise<void> {
  const isCopied = await navigator.clipboard.writeText(text.value).then(() => true, () => false);
  // Selecting takes the focus: only where that is where to go on.
  if (!isCopied) text.select();
  say(button, isCopied ? COPIED : PRESS, text);
  setTimeout(() => say(button, COPY, text), 2_000);
}

/** Seen, and heard with what it is about. */
function say(button: HTMLButtonElement, word: string, { labels }: HTMLTextAreaElement): void {
  button.textContent = word;
  button.setAttribute('aria-label', `${word}: ${labels[0]?.textContent ?? ''}`);
}

async function show(): Promise<void> {
  if (form === null) return;
  const chosen = choiceIn(form);
  const url = `${location.pathname}?${chosen}`;
  const answer = await fetch(url, { credentials: 'omit' });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  // What was chosen since is on its way.
  if (choiceIn(form) !== chosen) return;
  history.replaceState(null, '', url);
  swap(fresh, '[data-live=outcome]');
  for (const [i, image] of document.querySelectorAll<HTMLImageElement>('.choice img').entries()) {
    const src = fresh.querySelectorAll('.choice img')[i]?.getAttribute('src');
    if (src !== null && src !== undefined) image.src = src;
  }
  addButtons();
}

function choiceIn(chosen: HTMLFormElement): string {
  return new URLSearchParams([...new FormData(chosen)].map(([key, value]) => [key, typeof value === 'string' ? value : ''])).toString();
}

function swap(fresh: Document, selector: string): void {
  const piece = fresh.querySelector(selector);
  if (piece !== null) document.querySelector(selector)?.replaceChildren(...piece.childNodes);
}

let pausing: ReturnType<typeof setTimeout> | undefined;
form?.addEventListener('input', ({ target }) => {
  // Then all of it is another.
  if (target instanceof HTMLSelectElement) return form.submit();
  clearTimeout(pausing);
  pausing = setTimeout(() => void show().catch(() => undefined), PAUSE_MS);
});
addButtons();
