// Draws the charts. Specs and texts are in the page. Colors are from the style sheet, so that charts follow the theme.
// Expressions are interpreted, not compiled, as the page's security policy forbids eval.
import { expressionInterpreter } from "./vendor/vega-interpreter.js";

const { vega, vegaLite } = globalThis;
const NUMBERS = { decimal: ".", thousands: ",", grouping: [3], currency: ["", ""] };
const probe = document.createElement("span");
probe.hidden = true;

function color(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function look() {
  document.body.append(probe);
  const [text, faint, line, accent, expected, band, alarm, share] = [
    "text", "faint", "line", "accent", "expected", "band", "worse", "share",
  ].map(color);
  probe.remove();
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: {
      labelColor: faint, titleColor: faint, gridColor: line, domainColor: line, tickColor: line,
      titleFontWeight: "normal", labelFontSize: 12, titleFontSize: 12, labelLimit: 160,
    },
    style: {
      band: { color: band, opacity: 1 },
      rate: { color: accent, strokeWidth: 2 },
      expected: { color: expected, strokeWidth: 1.5, strokeDash: [5, 4] },
      dot: { color: accent, size: 40, opacity: 1 },
      within: { color: accent, strokeWidth: 3, opacity: 0.5 },
      "expected-tick": { color: expected, thickness: 2, bandSize: 16, opacity: 1 },
      share: { color: share },
      spike: { color: alarm, strokeWidth: 1.5, strokeDash: [2, 3] },
      "spike-label": { color: alarm, fontSize: 12 },
      "guide-label": { fill: faint },
      "guide-title": { fill: faint },
    },
    text: { color: text },
  };
}

async function draw(place) {
  const { spec, time } = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const { spec: compiled } = vegaLite.compile(spec, { config: look() });
  const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
    expr: expressionInterpreter,
    renderer: "svg",
    container: place,
    hover: true,
    locale: { number: NUMBERS, time },
  });
  place.view?.finalize();
  place.view = view;
  await view.runAsync();
  place.dataset.drawn = "";
}

function drawAll() {
  for (const place of document.querySelectorAll("[data-chart]")) draw(place);
}

drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
