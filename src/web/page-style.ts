/** How our pages look: light and dark as the reader's system says, one column that fits a phone. */
import { createHash } from 'node:crypto';
import { HUES } from './face.js';

/** What all of our pages share: colours, ground, letters, and the sign of who has no picture. */
export const FAMILY = `
:root{color-scheme:light dark;--paper:#fff;--desk:#f1f2f5;--ink:#1b1d22;--soft:#5b6270;--line:#dfe2e8;--link:#1a56c4;--good:#14713d;--good-bg:#e4f5ea;--bad:#8a3a00;--bad-bg:#fff1df;--quote:#c3cad6}
@media (prefers-color-scheme:dark){:root{--paper:#1d2026;--desk:#121418;--ink:#e8eaee;--soft:#a3abb9;--line:#343943;--link:#8db7ff;--good:#7fdca4;--good-bg:#15301f;--bad:#ffc48a;--bad-bg:#38240f;--quote:#4a5261}}
*{box-sizing:border-box}
body{margin:0;background:var(--desk);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:.25rem}
.face{flex:none;width:2.75rem;height:2.75rem;border-radius:50%;display:grid;place-items:center;font-weight:650;font-size:1.15rem;color:#fff;background:hsl(210 45% 40%)}
${HUES.map((hue, i) => `.hue${i}{background:${hue}}`).join('')}`;

export const PAGE_STYLE = `${FAMILY}
main{max-width:54rem;margin:0 auto;padding:1.5rem 1rem 2rem}
article{background:var(--paper);border:1px solid var(--line);border-radius:.9rem;overflow:hidden}
.head{padding:1.4rem 1.5rem 1.1rem}
h1{font-size:1.45rem;line-height:1.3;margin:0 0 1rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:.8rem;margin:0 0 .6rem;color:var(--soft);font-weight:600;text-transform:uppercase;letter-spacing:.05em}
.who{display:flex;gap:.85rem;align-items:flex-start}
.who>.names{min-width:0;flex:1}
.from{margin:0;font-weight:600}
.from span{font-weight:400;color:var(--soft)}
.mark{display:inline-block;font-size:.78rem;font-weight:600;padding:.05rem .55rem;border-radius:1rem;margin-left:.35rem;white-space:nowrap}
.verified{color:var(--good);background:var(--good-bg)}
.unverified{color:var(--bad);background:var(--bad-bg)}
dl{margin:.2rem 0 0;font-size:.9rem;color:var(--soft);display:grid;grid-template-columns:auto 1fr;column-gap:.6rem}
dt,dd{margin:0}
time{color:var(--soft);font-size:.9rem}
.note{margin:0;padding:.65rem 1.5rem;font-size:.9rem;border-top:1px solid var(--line);color:var(--soft)}
.warning{color:var(--bad);background:var(--bad-bg);border-color:transparent}
.body{border-top:1px solid var(--line)}
iframe{display:block;width:100%;border:0;height:85vh}
iframe.short{height:15rem}iframe.medium{height:32rem}
.plain{white-space:pre-wrap;padding:1.3rem 1.5rem;font-size:1rem}
blockquote{margin:0;padding-left:.9rem;border-left:3px solid var(--quote);color:var(--soft)}
.signature{color:var(--soft)}
.files{border-top:1px solid var(--line);padding:1.1rem 1.5rem 1.3rem}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.6rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr))}
li a{display:flex;gap:.75rem;align-items:center;padding:.6rem .75rem;border:1px solid var(--line);border-radius:.6rem;text-decoration:none;color:inherit;min-height:3.2rem}
li a:hover{border-color:var(--link)}
.kind{flex:none;width:2.4rem;height:2.4rem;border-radius:.45rem;background:var(--desk);color:var(--soft);display:grid;place-items:center;font-size:.62rem;font-weight:700;text-transform:uppercase}
li span{min-width:0}
.size{display:block;font-size:.82rem;color:var(--soft)}
footer{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;padding:1rem .5rem 0;font-size:.88rem;color:var(--soft)}
.empty{padding:2.2rem 1.5rem}
.empty p{margin:0;color:var(--soft)}
@media (max-width:40rem){main{padding:0 0 1.5rem}article{border-width:0 0 1px;border-radius:0}.head{padding:1.1rem 1rem .9rem}.plain,.files,.note{padding-left:1rem;padding-right:1rem}h1{font-size:1.25rem}footer{padding:1rem}iframe{height:80vh}}
@media print{iframe{height:60rem}body{background:#fff}}
`;

/** For `style-src`: our own style, and no other. */
export const PAGE_STYLE_HASH = `'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`;

/** Of the frame that shows a mail's own HTML. */
const FRAME_BASE = `body{margin:0;padding:16px;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:break-word}
img{max-width:100%;height:auto}.off{display:inline-block;border:1px dashed #8a93a3;border-radius:4px;padding:1px 6px;font-size:13px}pre{white-space:pre-wrap}blockquote{margin:0 0 0 4px;padding-left:12px;border-left:3px solid #b9c0cc}
@media (max-width:640px){table{width:auto!important;max-width:100%!important}td,th,div{max-width:100%;min-width:0!important}}`;

/** A mail with colours of its own was made for white paper; another one goes with the reader's system. */
export function frameStyle(hasColours: boolean): string {
  return `${FRAME_BASE}${hasColours ? ':root{color-scheme:light;background:#fff;color:#000}' : ':root{color-scheme:light dark;background:#fff}@media (prefers-color-scheme:dark){:root{background:#1d2026}body{color:#e8eaee}a{color:#8db7ff}}'}`;
}
