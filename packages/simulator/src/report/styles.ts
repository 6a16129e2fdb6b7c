/** The styles of a report: for a light and a dark page, from the width of a telephone on. */
export const css = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #57606a; --line: #d0d7de; --back: #ffffff; --fault: #b84a00;
  --grey: #8c959f; --blue: #0072b2; --green: #008a63; --red: #d55e00; --orange: #b87900; --sky: #2b8cc4; --pink: #b3578a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --back: #0d1117; --fault: #ff9a5a;
  --grey: #7d8590; --blue: #58a6ff; --green: #2fbf94; --red: #ff8a47; --orange: #e69f00; --sky: #56b4e9; --pink: #dd8fba } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 960px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin: 2.5rem 0 .3rem; border-top: 1px solid var(--line); padding-top: 1.5rem }
h3, figcaption { font-size: .95rem; margin: 1.2rem 0 .2rem; color: var(--soft); font-weight: 600 }
a { color: var(--blue) } .hint { color: var(--soft); font-size: .85rem }
figure { margin: 1.6rem 0 } .moment { font-weight: 400; margin-left: .8em; color: var(--ink) }
.legend { display: flex; flex-wrap: wrap; gap: 0 1.1rem; margin-bottom: .6rem; color: var(--soft); font-size: .85rem }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; border: 1px solid var(--line); margin-right: .35em }
.legend b { color: var(--ink); font-variant-numeric: tabular-nums }
.plot, .x { position: relative; margin-left: 3.4rem } .plot { border: 1px solid var(--line); border-width: 0 0 1px 1px; touch-action: pan-y }
.plot[tabindex] { cursor: crosshair } .plot:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px }
.plot svg, .plot img { position: absolute; left: 0; top: 0; width: 100%; height: 100%; overflow: visible } .plot img { image-rendering: pixelated }
svg * { vector-effect: non-scaling-stroke } svg line { stroke: var(--line); stroke-opacity: .6 } polyline { fill: none; stroke-width: 1.5 } polygon { fill-opacity: .18 }
${['grey', 'blue', 'green', 'red', 'orange', 'sky', 'pink'].map(name => `polyline.${name} { stroke: var(--${name}) } polygon.${name} { fill: var(--${name}) }`).join(' ')}
.fault { fill: var(--fault); fill-opacity: .12 } .fault-label { position: absolute; top: 0; padding: 0 .3em; color: var(--fault); font-size: .8rem; font-weight: 600; pointer-events: none }
.y, .x span { position: absolute; color: var(--soft); font-size: .78rem; white-space: nowrap } .y { right: calc(100% + .4rem); transform: translateY(50%) }
.x { height: 1.4rem } .x span { transform: translateX(-50%); top: .15rem }
.cursor { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px solid var(--ink); pointer-events: none }
.scroll { overflow-x: auto } table { border-collapse: collapse; margin: .6rem 0; font-size: .9rem } td, th { text-align: left; padding: .15rem 1.2rem .15rem 0; border-bottom: 1px solid var(--line); vertical-align: top } td.n { text-align: right; font-variant-numeric: tabular-nums }
.bad { color: var(--fault); font-weight: 600 } pre { overflow: auto; font-size: .8rem; border: 1px solid var(--line); padding: .6rem }
@media (max-width: 600px) { body { margin: 1rem auto } .plot, .x { margin-left: 2.8rem } .x span:nth-child(even) { display: none } td, th { padding-right: .7rem } }
`
