/** How the generator looks. */
import { PRESENCE_FAMILY } from './profile-style.js';

export const EMBED_STYLE = `${PRESENCE_FAMILY}
main{max-width:50rem;margin:0 auto;padding:2.5rem 1rem 2rem;display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem}
h1{font-size:1.7rem;line-height:1.25;margin:0;font-weight:680;letter-spacing:-.015em;text-wrap:balance}
header p{margin:.5rem 0 0;color:var(--soft);max-width:38rem;text-wrap:pretty}
h2{font-size:1.1rem;margin:0;font-weight:650}
form,section{background:var(--paper);border:1px solid var(--line);border-radius:1.1rem;padding:1.5rem}
form,section{display:grid;grid-template-columns:minmax(0,1fr);gap:1.1rem}
fieldset{border:0;margin:0;padding:0;min-width:0}
legend,.field label,.snippet label{padding:0;font-size:.88rem;font-weight:600;color:var(--soft);margin-bottom:.5rem;display:block}
.choices{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.7rem}
.choice.card{grid-column:span 2}
.choice{display:grid;grid-template:auto 4.9rem/auto 1fr;align-items:center;gap:.2rem .6rem;padding:.7rem .9rem;border:1px solid var(--line);border-radius:.8rem;cursor:pointer;min-width:0;font-weight:600}
.choice img{grid-column:1/-1;place-self:center;max-width:100%;object-fit:contain}
.choice:hover{border-color:var(--soft)}
.choice:has(:checked){border-color:var(--link);box-shadow:inset 0 0 0 1px var(--link)}
.choice:has(:focus-visible){outline:3px solid var(--link);outline-offset:2px}
.choice :focus-visible{outline:0}
input[type=radio]{width:1.15rem;height:1.15rem;margin:0;accent-color:var(--link)}
.row{display:flex;flex-wrap:wrap;gap:1.1rem 2rem;align-items:end}
.themes{flex:1 1 100%}
.themes label{display:inline-flex;align-items:center;gap:.5rem;min-height:2.75rem;margin-right:1.1rem;cursor:pointer}
.field{margin:0;flex:1 1 11rem}
.field input,select,textarea{width:100%;font:inherit;color:inherit;background:var(--desk);border:1px solid var(--edge);border-radius:.6rem;padding:.6rem .8rem}
.field input,select{min-height:2.9rem}
select{appearance:none;cursor:pointer;padding-right:2.4rem;text-overflow:ellipsis;background:url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 12 8'%3E%3Cpath d='m1 1.5 5 5 5-5' fill='none' stroke='%23808896' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E") no-repeat right .9rem center/.75rem var(--desk)}
form:has([name=style]:checked):not(:has([value=flat]:checked)) .of-flat{display:none}
textarea{display:block;font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;resize:vertical;overflow-wrap:anywhere;field-sizing:content;min-height:2.75rem}
.snippet{position:relative}
.snippet label{padding-right:4rem}
.copy{position:absolute;right:0;top:-.55rem;min-height:2.75rem;min-width:2.75rem;padding:0 .2rem;border:0;background:none;color:var(--link);font:inherit;font-size:.88rem;font-weight:600;cursor:pointer}
.copy:hover{text-decoration:underline;text-underline-offset:.15em}
.grounds{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));gap:.7rem}
.ground{display:grid;place-items:center;min-height:7rem;padding:1rem;border:1px solid var(--line);border-radius:.8rem;min-width:0}
.ground img{max-width:100%;object-fit:contain}
.ground.light{background:#fff}.ground.dark{background:#0d1117}
.hint{margin:0;font-size:.88rem;color:var(--soft)}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
xmpp-presence{justify-self:start;--xmpp-presence-paper:var(--paper)}
footer a{display:inline-flex;align-items:center;min-height:2.75rem}
:root{--edge:#858d9b}
@media (prefers-color-scheme:dark){:root{--edge:#6b7484}}
@media (max-width:40rem){main{padding:1.5rem .75rem}form,section{padding:1.1rem}.row .button{flex:1 1 100%}.choices{grid-template-columns:repeat(2,minmax(0,1fr))}.choice{padding:.6rem .7rem}}
@media print{form,.copy{display:none}}
`;
