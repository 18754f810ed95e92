/** How the page of somebody looks: a card in the colours of how he is. */
import { FAMILY } from '../page-style.js';
import { LOOKS, STANDINGS, type Tints } from './standing.js';

/** What the pages of presence share: `--now`, `--now-bg` and `--spot` are the colours of the page's standing. */
export const PRESENCE_FAMILY = `${FAMILY}
${rules('light')}
@media (prefers-color-scheme:dark){${rules('dark')}}
.g{fill:var(--spot)}.o{fill:none;stroke:var(--spot);stroke-width:2.6}.m{fill:none;stroke:var(--mark,var(--paper));stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}.d{stroke:var(--spot)}
.line{flex:none;width:1.25rem;height:1.25rem;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.button{display:inline-flex;align-items:center;justify-content:center;min-height:2.9rem;padding:.5rem 1rem;white-space:nowrap;border-radius:1.5rem;border:1px solid var(--link);background:var(--link);color:var(--paper);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.second{background:none;color:var(--link)}
.button:focus-visible{border-radius:1.5rem}
`;

export const PROFILE_STYLE = `${PRESENCE_FAMILY}
body{min-height:100vh;display:grid;grid-template-columns:minmax(0,1fr);background:radial-gradient(70rem 36rem at 50% -8rem,var(--now-bg),transparent) no-repeat,var(--desk)}
main{width:100%;max-width:27rem;margin:auto;padding:2.5rem 1rem}
article{background:var(--paper);border:1px solid var(--line);border-radius:1.4rem;padding:2.4rem 1.75rem 1.9rem;text-align:center;box-shadow:0 1px 2px rgb(0 0 0/.04),0 1.2rem 3rem -1.2rem rgb(20 24 40/.16)}
.portrait{position:relative;width:7rem;height:7rem;margin:0 auto 1.25rem}
.face{width:7rem;height:7rem;font-size:2.9rem;object-fit:cover;box-shadow:0 0 0 4px var(--paper),0 0 0 7px var(--spot)}
.calm{background:var(--now-bg);--mark:var(--now-bg);box-shadow:none}
.sign{position:absolute;right:-.15rem;bottom:-.15rem;width:2.3rem;height:2.3rem;padding:.28rem;border-radius:50%;background:var(--paper)}
.calm .sign{position:static;width:3.4rem;height:3.4rem;padding:0;background:none;overflow:visible}
h1{font-size:1.6rem;line-height:1.25;margin:0;font-weight:680;letter-spacing:-.015em;text-wrap:balance}
h1.small{font-size:1.3rem}
.offline .face{filter:saturate(.4)}
.standing{display:inline-flex;align-items:center;gap:.5rem;margin:.75rem 0 0;padding:.28rem .95rem .28rem .75rem;border-radius:2rem;background:var(--now-bg);color:var(--now);font-weight:600;--mark:var(--now-bg)}
.mark{flex:none;width:1rem;height:1rem}
.words{margin:1rem 0 0;font-size:1.08rem;line-height:1.45;text-wrap:pretty}
.facts{list-style:none;margin:1.35rem 0 0;padding:1.1rem 0 0;border-top:1px solid var(--line);display:flex;flex-wrap:wrap;justify-content:center;gap:.45rem 1.3rem;color:var(--soft);font-size:.93rem}
.facts li{display:flex;align-items:center;gap:.45rem;text-align:start}
time{font-variant-numeric:tabular-nums}
.ways{display:flex;flex-wrap:wrap;gap:.7rem;margin:1.6rem 0 0}
.ways .button{flex:1 1 8.6rem}
.addresses{flex:1 1 100%;margin:.2rem 0 0;color:var(--soft);font-size:.88rem;display:flex;flex-direction:column;gap:.1rem}
footer{display:flex;flex-wrap:wrap;justify-content:center;align-items:center;gap:0 1.1rem;margin-top:.9rem;font-size:.88rem}
footer a{display:inline-flex;align-items:center;min-height:2.75rem;color:var(--soft)}
footer a:hover{color:var(--link)}
.live{display:none;align-items:center;gap:.4rem;white-space:nowrap;color:var(--soft)}
.live::before{content:"";width:.5rem;height:.5rem;border-radius:50%;background:var(--spot)}
[data-is-live] .live{display:inline-flex}
@media (prefers-color-scheme:dark){article{box-shadow:0 1.2rem 3rem -1rem rgb(0 0 0/.5)}}
@media (max-width:30rem){main{padding:1.25rem .75rem 1rem}article{padding:2rem 1.15rem 1.5rem}}
@media (max-height:34rem){main{padding-top:1rem}}
@media (prefers-reduced-motion:no-preference){.face,.standing,body{transition:box-shadow .4s,background-color .4s,color .4s}.button{transition:filter .15s}}
.button:hover{filter:brightness(1.08)}
@media (forced-colors:active){.g{fill:CanvasText}.o{stroke:CanvasText}.m{stroke:Canvas}}
@media print{body{background:#fff;display:block}article{border:0;box-shadow:none}.button,footer{display:none}.addresses{font-size:1rem;color:inherit}}
`;

function rules(scheme: 'light' | 'dark'): string {
  return STANDINGS.map((standing) => `.${standing}{${colours(LOOKS[standing][scheme])}}`).join('');
}

function colours({ ink, ground, spot }: Tints): string {
  return `--now:${ink};--now-bg:${ground};--spot:${spot}`;
}
