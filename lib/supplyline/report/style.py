"""The page's style sheet and its one script."""

from __future__ import annotations

STYLE = """
:root { --ink:#1b2733; --soft:#5b6b7b; --line:#dfe6ee; --paper:#fff; --ground:#f4f6f9; --blue:#2f6fde; --red:#c8372d;
  --amber:#b87300; --teal:#12806a; }
* { box-sizing:border-box; }
body { margin:0; background:var(--ground); color:var(--ink); line-height:1.5;
  font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; }
header { background:linear-gradient(120deg,#14324f,#1d5a74); color:#fff; padding:32px 0 22px; }
header h1 { margin:0 0 4px; font-size:30px; letter-spacing:-.3px; }
header p { margin:0; opacity:.85; }
nav { position:sticky; top:0; z-index:5; background:#fffffff2; border-bottom:1px solid var(--line); }
nav .wide { display:flex; flex-wrap:wrap; gap:2px 18px; padding-top:8px; padding-bottom:8px; white-space:nowrap; }
nav a { color:var(--soft); text-decoration:none; font-size:14px; }
nav a:hover { color:var(--blue); }
.wide { max-width:1180px; margin:0 auto; padding-left:20px; padding-right:20px; }
section { background:var(--paper); border:1px solid var(--line); border-radius:12px; padding:20px 24px 16px;
  margin:20px 0; scroll-margin-top:76px; }
section.plain { background:none; border:none; padding:0; }
h2 { margin:0 0 2px; font-size:20px; letter-spacing:-.2px; }
h3 { margin:18px 0 4px; font-size:15px; }
.lead { color:var(--soft); margin:0 0 12px; }
.caption { color:var(--soft); font-size:13px; margin:6px 0 8px; max-width:90ch; }
.cards { display:grid; grid-template-columns:repeat(auto-fit,minmax(200px,1fr)); gap:14px; margin:12px 0; }
.card { background:var(--paper); border:1px solid var(--line); border-radius:12px; padding:14px 16px; }
.card.critical { border-left:5px solid var(--red); }
.card .label { color:var(--soft); font-size:13px; }
.card .figure { font-size:27px; font-weight:650; letter-spacing:-.5px; }
.card .note { color:var(--soft); font-size:13px; min-height:1.2em; }
.notice { border-left:5px solid var(--amber); background:#fff8ea; border-radius:8px; padding:10px 16px; margin:12px 0; }
.notice.good { border-color:var(--teal); background:#eefaf6; }
.missing { border:1px dashed #b9c5d2; border-radius:8px; padding:14px 16px; color:var(--soft); margin:8px 0; }
.columns { display:grid; grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr)); gap:8px 28px; }
.columns > div { min-width:0; }
.scroll { overflow-x:auto; }
table { border-collapse:collapse; width:100%; font-size:14px; margin:6px 0; }
th { text-align:left; color:var(--soft); font-weight:600; font-size:13px; border-bottom:2px solid var(--line);
  white-space:nowrap; }
th,td { padding:6px 12px 6px 0; vertical-align:top; }
td { border-bottom:1px solid #edf1f5; }
.number { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap; }
.badge { border-radius:20px; padding:1px 9px; font-size:12px; font-weight:600; color:#fff; background:var(--blue);
  white-space:nowrap; }
.badge.critical { background:var(--red); } .badge.warning { background:var(--amber); }
.chart { width:100%; }
.choice select { font:inherit; padding:4px 8px; border:1px solid #b9c5d2; border-radius:8px; background:#fff;
  max-width:100%; }
code { background:#eef2f6; border-radius:4px; padding:1px 5px; font-size:13px; }
footer { color:var(--soft); font-size:13px; padding:6px 0 40px; }
@media (max-width:640px) {
  header h1 { font-size:24px; } section { padding:16px 14px 10px; } .wide { padding-left:10px; padding-right:10px; }
  nav .wide { flex-wrap:nowrap; overflow-x:auto; }
  .cards { grid-template-columns:1fr 1fr; } .card .figure { font-size:21px; } table { font-size:13px; }
  table.many { min-width:640px; }
}
@media print { nav { display:none; } section { break-inside:avoid; } }
"""

SCRIPT = """
function draw(place) {
  if (place.dataset.drawn) return;
  place.dataset.drawn = "yes";
  const figure = figures[place.id];
  Plotly.newPlot(place, figure.data, figure.layout, {responsive: true, displayModeBar: false});
}
document.querySelectorAll(".chart").forEach(place => { if (place.offsetParent) draw(place); });
document.querySelectorAll("select[data-panels]").forEach(list => list.addEventListener("change", () => {
  for (const option of list.options) document.getElementById(option.value).hidden = option.value !== list.value;
  document.querySelectorAll("#" + list.value + " .chart").forEach(draw);
}));
"""
