#include "bench/report/page.hpp"

namespace outpost::bench {

// The colours of lines keep their order of brightness in both schemes, and lines differ in more than colour.
std::string_view page_style() {
    return R"css(:root {
  --ground: #f6f3ec; --raised: #fffdf8; --line: #ddd6c8; --text: #1a2124; --quiet: #5a6466;
  --lamp: #f2ab4b; --lamp-text: #8a4a00; --good: #17693f; --good-ground: #dcefe2; --bad: #a3261b; --bad-ground: #f9dfda;
  --c0: #1660b8; --c1: #c2590a; --c2: #8d2f8f; --c3: #0b7f73; --c4: #a3261b; --c5: #8b9396;
  --display: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif;
  --face: system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1316; --raised: #151e22; --line: #2b373c; --text: #f0ebe1; --quiet: #a3adab;
    --lamp: #f6b35c; --lamp-text: #f6b35c; --good: #7fd6a2; --good-ground: #123024; --bad: #ff9d8f; --bad-ground: #3a1a17;
    --c0: #6cb1ff; --c1: #ffab66; --c2: #e495e2; --c3: #58d0c1; --c4: #ff8777; --c5: #77848a;
    color-scheme: dark;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); font: 400 1rem/1.55 var(--face); }
h1, h2, h3, p, dl, dd, figure, pre { margin: 0; }
h1, h2, h3, p, td, dd { overflow-wrap: anywhere; }
main, .mast { max-width: 72rem; margin: 0 auto; padding: 0 max(1rem, env(safe-area-inset-left)); }
.mast { display: flex; align-items: center; gap: .55rem; padding-top: 1.1rem; font: 600 1.2rem/1 var(--display); }
.mast svg { width: 1.9rem; height: 1.9rem; }
.mark-ridge { fill: var(--text); } .mark-lamp { fill: var(--lamp); }
article, .overview { padding: 2rem 0 2.5rem; display: grid; gap: 2rem; }
article > *, .overview > * { min-width: 0; }
article + article, .overview + article { border-top: 1px solid var(--line); }
.head { display: grid; gap: .6rem; }
.eyebrow { color: var(--lamp-text); font-weight: 600; font-size: .92rem; }
h1 { font: 600 clamp(2rem, 6vw, 3.2rem)/1.1 var(--display); letter-spacing: -.01em; }
h2 { font: 600 1.5rem/1.25 var(--display); }
.doc { max-width: 46rem; color: var(--quiet); font-size: 1.05rem; }
.command { padding: .7rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: .6rem; background: var(--raised); font: .86rem/1.5 var(--mono); }
section { display: grid; gap: 1.1rem; }
section > * { min-width: 0; }
.run-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem; }
.run-head .version { color: var(--quiet); }
.verdict { display: flex; gap: .7rem; align-items: baseline; padding: .7rem 1rem; border-radius: .6rem; font-weight: 550; background: var(--good-ground); color: var(--good); }
.verdict.bad { background: var(--bad-ground); color: var(--bad); }
.verdict b { font-size: 1.05rem; white-space: nowrap; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(max(10.4rem, 23%), 1fr)); gap: .8rem; }
.tile { padding: .8rem .9rem; border: 1px solid var(--line); border-radius: .7rem; background: var(--raised); }
.tile dt { color: var(--quiet); font-size: .86rem; }
.tile dd { font: 600 1.4rem/1.35 var(--face); font-variant-numeric: tabular-nums; }
.tile b { font-weight: inherit; white-space: nowrap; }
.tile small { display: block; color: var(--quiet); font-weight: 400; font-size: .82rem; line-height: 1.4; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
.plots > * { min-width: 0; }
.plots > .scroll { align-self: start; }
@media (min-width: 60rem) { .plots.sides { grid-template-columns: 9fr 11fr; } }
.plot { padding: .9rem .9rem .5rem; border: 1px solid var(--line); border-radius: .7rem; background: var(--raised); min-width: 0; }
.plot figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .6rem; margin-bottom: .4rem; }
.note { color: var(--quiet); font-size: .86rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin-left: auto; font-size: .86rem; color: var(--quiet); }
.legend i { display: inline-block; width: 1.1rem; height: 0; margin-right: .35rem; border-top: 3px solid currentColor; vertical-align: .25em; }
.legend i.dotted { border-top-style: dotted; }
.legend i.sharp { width: auto; height: auto; border: 0; font-style: normal; vertical-align: 0; }
.legend i.round { width: .6rem; height: .6rem; border: 0; border-radius: 50%; background: currentColor; vertical-align: -.02em; }
svg { display: block; width: 100%; height: auto; }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); } .c4 { color: var(--c4); } .c5 { color: var(--c5); }
.plot svg { font: 12px var(--face); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); fill: none; } .axis { stroke: var(--quiet); fill: none; }
.tick { fill: var(--quiet); } .label { fill: var(--text); } .mid { text-anchor: middle; } .end { text-anchor: end; }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.thin { stroke-width: 1.2; } .line.dotted { stroke-dasharray: 1 4; }
.area { fill: currentColor; opacity: .16; } .bar { fill: currentColor; }
.dot { fill: currentColor; stroke: var(--raised); stroke-width: 1.5; } .cross { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; }
.round-dot { fill: var(--raised); stroke: var(--text); stroke-width: 1.2; opacity: .85; }
.guide { stroke: var(--quiet); stroke-dasharray: 5 4; fill: none; }
.guide-text { fill: var(--quiet); font-size: 11px; paint-order: stroke; stroke: var(--raised); stroke-width: 3px; }
.shaded { fill: var(--quiet); opacity: .1; }
.hit { fill: transparent; } .hit:hover { fill: var(--text); fill-opacity: .08; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .7rem; background: var(--raised); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .5rem .8rem; text-align: right; vertical-align: baseline; white-space: nowrap; }
th:first-child, td:first-child, .words td, .words th { text-align: left; }
.words td { white-space: normal; }
.overview td:nth-child(-n + 2) { min-width: 8rem; }
thead th { color: var(--quiet); font-weight: 550; font-size: .88rem; border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
td small { display: block; color: var(--quiet); font-size: .84rem; }
.times th, .times td { padding: .5rem .5rem; font-size: .92rem; }
tr.ours > :first-child { font-weight: 650; box-shadow: inset 3px 0 var(--lamp); }
.good { color: var(--good); } .bad { color: var(--bad); }
a { color: inherit; text-underline-offset: .2em; text-decoration-color: var(--lamp); text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--lamp); outline-offset: 3px; }
details { border: 1px solid var(--line); border-radius: .7rem; background: var(--raised); }
details + details { margin-top: .6rem; }
summary { padding: .7rem 1rem; min-height: 2.75rem; cursor: pointer; font-weight: 550; }
summary span { color: var(--quiet); font-weight: 400; }
details > :not(summary) { margin: 0 1rem 1rem; }
details.run > section { margin-top: .5rem; }
summary b { font: 600 1.15rem/1.3 var(--display); margin-right: .4rem; }
details pre { overflow: auto; max-height: 32rem; padding: .8rem; border-radius: .4rem; background: var(--ground); font: .82rem/1.5 var(--mono); tab-size: 4; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; }
.facts dt { color: var(--quiet); }
@media (max-width: 34rem) {
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .5rem; }
  .plot { padding: .7rem .5rem .3rem; } .plot svg { font-size: 13.5px; } .guide-text { font-size: 12.5px; } .legend { margin-left: 0; }
  th, td { padding: .45rem .6rem; }
}
@media print { details > * { display: block; } .plot, .tile { break-inside: avoid; } }
)css";
}

}  // namespace outpost::bench
