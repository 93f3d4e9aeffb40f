#include "run_page.hpp"

namespace psa_cli {

// Every row, of a run or of an operation, has the same four columns, so that all bars share one axis.
const char* const run_page_style = R"css(
:root {
  color-scheme: light dark;
  --ground: #ffffff; --band: #f6f8fa; --line: #d0d7de; --text: #1f2328; --faint: #57606a; --focus: #0969da;
  --completed: #1a7f37; --failed: #cf222e; --crashed: #bc4c00; --cancelled: #57606a; --running: #0969da;
  --waiting: #9a6700; --operation: #8250df;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --band: #161b22; --line: #30363d; --text: #e6edf3; --faint: #9198a1; --focus: #58a6ff;
    --completed: #3fb950; --failed: #ff7b72; --crashed: #f0883e; --cancelled: #9198a1; --running: #58a6ff;
    --waiting: #d29922; --operation: #bc8cff;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 100rem; padding: 1.5rem; background: var(--ground); color: var(--text);
       font: 0.95rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.2rem; }
h3 { margin: 1rem 0 0.25rem; font-size: 1rem; }
code, pre { font: 0.85rem/1.5 ui-monospace, monospace; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; margin: 0.5rem 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
th { color: var(--faint); font-weight: normal; text-align: left; }
th, td { padding: 0.1rem 1rem 0.1rem 0; vertical-align: top; }
td.message { white-space: pre-wrap; overflow-wrap: anywhere; }
td.number, span.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
ul, ol { margin: 0; padding: 0; list-style: none; }
.row { display: grid; grid-template-columns: minmax(14rem, 3fr) 8rem 6rem minmax(12rem, 5fr); column-gap: 1rem;
       align-items: center; padding: 0.25rem 0.5rem; border-top: 1px solid var(--line); }
.axis { position: sticky; top: 0; z-index: 1; background: var(--ground); color: var(--faint); }
.axis .track { background: none; }
.axis .track span { position: absolute; transform: translateX(-50%); white-space: nowrap; font-size: 0.8rem; }
.axis .track span:first-child { transform: none; }
.axis .track span:last-child { transform: translateX(-100%); }
summary { cursor: pointer; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--band); }
summary:focus-visible { outline: 3px solid var(--focus); outline-offset: -3px; }
summary .name { padding-left: calc(var(--depth) * 1.25rem + 1.2rem); overflow-wrap: anywhere; position: relative; }
summary .name::before { content: "\25b8" / ""; position: absolute; margin-left: -1.1rem; color: var(--faint); }
details[open] > summary .name::before { content: "\25be" / ""; }
details[open] > summary { background: var(--band); font-weight: 600; }
.of { color: var(--faint); font-weight: normal; }
.inside { border-left: 3px solid var(--line); padding: 0.25rem 0 0.75rem; margin-left: -3px; }
.inside > h3, .inside > dl, .inside > table { margin-left: 1.7rem; }
.track { position: relative; display: block; height: 1.2rem; background: var(--band); }
.bar { position: absolute; top: 0.15rem; bottom: 0.15rem; min-width: 3px; border-radius: 3px; background: var(--tone); }
.track .operation { top: 0.45rem; bottom: 0.45rem; background: var(--ground); border-radius: 0; min-width: 1px; }
.operations .bar { background: var(--operation); }
.operations .error .bar { background: var(--failed); }
.state { color: var(--tone); font-weight: 600; }
.error-text { color: var(--failed); }
.completed { --tone: var(--completed); } .failed { --tone: var(--failed); } .crashed { --tone: var(--crashed); }
.cancelled, .cancelling { --tone: var(--cancelled); } .running { --tone: var(--running); }
.scheduled, .pending, .paused { --tone: var(--waiting); }
@media (max-width: 50rem) {
  .row { grid-template-columns: 1fr auto auto; }
  .row .track { grid-column: 1 / -1; }
  body { padding: 0.75rem; }
}
@media (forced-colors: active) { .bar { background: CanvasText; } }
@media print { .axis { position: static; } }
)css";

}  // namespace psa_cli
