import { createHash } from "node:crypto";

/** Everything that the page looks like; nothing is fetched from anywhere. Colours are light by themselves, and dark for who asks for dark. */
export const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--paper:#fff;--panel:#f3f5f8;--line:#d0d7de;--link:#0550ae;
--front:#e8eaed;--back:#e8eaed;--up:#c7f0c8;--bup:#cfe2ff;--gdown:#fff3b0;--bgdown:#e6cfff;--gup:#ffd591;--bgup:#ffc9ec;--down:#ffb3b0;
--none:#eceef0;--maint:#e2b98a;--drain:#a8d8ff;--nolb:#a8d8ff;--tip:#1b1f24;--tipink:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#a0a8b1;--paper:#121517;--panel:#1c2124;--line:#3a4147;--link:#79b8ff;
--front:#262c31;--back:#262c31;--up:#14431d;--bup:#173a66;--gdown:#544a07;--bgdown:#452a63;--gup:#694105;--bgup:#5d2550;--down:#6b1b1b;
--none:#2b3035;--maint:#5c3d16;--drain:#0d4a75;--nolb:#0d4a75;--tip:#e6e8ea;--tipink:#121517}}
*{box-sizing:border-box}
body{margin:0;padding:1rem 1.25rem 3rem;font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--paper)}
a{color:var(--link);text-underline-offset:.15em}
h1{font-size:1.35rem;margin:0}h2{font-size:1.05rem;margin:0}
header p{margin:.15rem 0 1rem;color:var(--soft)}
.top{display:flex;flex-wrap:wrap;gap:1rem;margin-bottom:1.25rem}
.top>section{background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;flex:1 1 18rem}
.top h2{margin-bottom:.4rem}
dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:.1rem .75rem}dt{color:var(--soft)}dd{margin:0;font-variant-numeric:tabular-nums}
ul.plain{list-style:none;margin:0;padding:0}ul.plain li{margin:.25rem 0}
.legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.25rem .75rem}
.legend span::before{content:"";display:inline-block;width:1.1em;height:1.1em;border-radius:.2em;border:1px solid var(--line);margin-right:.4em;vertical-align:-.15em;background:var(--c)}
.message{border:1px solid var(--line);border-left:.4rem solid var(--c);border-radius:.35rem;padding:.6rem .9rem;margin:0 0 1.25rem;background:var(--panel)}
.proxy{margin:0 0 1.75rem}
.proxy>.name{display:flex;gap:.75rem;align-items:baseline;margin-bottom:.3rem}
.proxy>.name a{color:inherit;text-decoration:none}.desc{color:var(--soft)}
table{border-collapse:collapse;width:100%;font-size:12px;font-variant-numeric:tabular-nums}
th,td{border:1px solid var(--line);padding:.18rem .4rem;text-align:right;white-space:nowrap}
thead th{background:var(--panel);text-align:center;font-weight:600}
tbody th{text-align:left;font-weight:600}tbody th a{color:inherit;text-decoration:none}
td.word{text-align:center}
tbody tr{background:var(--c,transparent)}
.frontend{--c:var(--front)}.backend{--c:var(--back);font-weight:600}.listener{--c:transparent}
.up{--c:var(--up)}.backup.up{--c:var(--bup)}.going-down{--c:var(--gdown)}.backup.going-down{--c:var(--bgdown)}
.going-up{--c:var(--gup)}.backup.going-up{--c:var(--bgup)}.down{--c:var(--down)}.no-check{--c:var(--none)}
.maintenance{--c:var(--maint)}.draining{--c:var(--drain)}.nolb{--c:var(--nolb)}
.tip{position:relative;border-bottom:1px dotted currentColor;cursor:help}
.tip>[role=tooltip]{display:none;position:absolute;z-index:9;top:100%;right:0;min-width:12rem;max-width:24rem;padding:.5rem .7rem;border-radius:.4rem;background:var(--tip);color:var(--tipink);font-weight:400;text-align:left;white-space:normal;box-shadow:0 .3rem 1rem #0006}
.tip:hover>[role=tooltip],.tip:focus>[role=tooltip]{display:block}
.tip .rows{display:grid;grid-template-columns:1fr auto auto;gap:.05rem .6rem;white-space:nowrap}.tip .rows b{grid-column:1/-1;margin-top:.25rem}
.tip .rows .value{text-align:right}
th .tip>[role=tooltip],.name .tip>[role=tooltip]{right:auto;left:0}
.actions{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-top:.5rem}
button,select,input[type=text]{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:.35rem;padding:.35rem .6rem}
button{background:var(--link);border-color:var(--link);color:var(--paper);cursor:pointer}
:focus-visible{outline:3px solid var(--link);outline-offset:1px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:760px){body{padding:.75rem .6rem 3rem}
table,tbody,tbody tr,tbody th,tbody td{display:block}thead{display:none}
tbody tr{border:1px solid var(--line);border-radius:.45rem;margin-bottom:.6rem;padding:.4rem .6rem;display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.1rem .8rem}
tbody th,tbody td{border:0;padding:.1rem 0}tbody th{grid-column:1/-1;font-size:14px}
tbody td{display:flex;justify-content:space-between;gap:.5rem;white-space:normal}tbody td::before{content:attr(data-label);color:var(--soft);text-align:left;font-weight:400}
tbody td:empty{display:none}tbody tr{position:relative}tbody td.box{position:absolute;right:.6rem;top:.3rem;padding:0}
.tip{position:static}.tip>[role=tooltip]{left:.5rem;right:.5rem;max-width:none}button,select,input[type=text]{min-height:2.75rem}input[type=checkbox]{width:1.4rem;height:1.4rem}}
@media(prefers-reduced-motion:no-preference){tbody tr:hover{filter:brightness(1.04)}}
`;

/** The box in the head of a table sets those of its servers; a page within another one's frame takes no orders. */
export const script = `
for (const all of document.querySelectorAll("[data-all]"))
  all.addEventListener("change", () => {
    for (const box of all.form.elements.s?.forEach ? all.form.elements.s : [all.form.elements.s]) if (box) box.checked = all.checked;
  });
if (self !== top) for (const form of document.querySelectorAll("form[method=post]")) form.remove();
`;

const hash = (text: string) => createHash("sha256").update(text).digest("base64");

/** What the page may do: its own style and script, forms to its own origin, and nothing else. */
export const policy = `default-src 'none'; style-src 'sha256-${hash(style)}'; script-src 'sha256-${hash(script)}'; form-action 'self'; base-uri 'none'`;
