// Chart.js (vendor/), set up once: colours of the theme, no animation, each chart with its figures as a table
// beside it for those who do not see it.

import { h } from "./elements.js";
import { colour } from "./theme.js";

/* global Chart */

const drawn = new Map();

/** Draw or draw anew: bars over labels, `series` of `{label, colour, values}`. */
function bars(name, canvas, labels, series, { stacked = false, ticks = undefined, tooltip = undefined } = {}) {
  drawn.get(name)?.destroy();
  const grid = { color: colour("line") };
  const words = { color: colour("muted"), font: { family: getComputedStyle(document.body).fontFamily, size: 12 } };
  drawn.set(
    name,
    new Chart(canvas, {
      type: "bar",
      data: {
        labels,
        datasets: series.map((one) => ({ label: one.label, data: one.values, backgroundColor: colour(one.colour), maxBarThickness: 38, borderRadius: stacked ? 0 : 3 })),
      },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { stacked, grid: { display: false }, border: grid, ticks: { ...words, maxRotation: 0, autoSkip: labels.length > 8, autoSkipPadding: 12 } },
          y: { stacked, beginAtZero: true, grid, border: { display: false }, ticks: { ...words, precision: 0, maxTicksLimit: 6, ...(ticks ? { callback: ticks } : {}) } },
        },
        plugins: {
          legend: { display: series.length > 1, position: "bottom", align: "start", labels: { ...words, boxWidth: 12, boxHeight: 12, padding: 14 } },
          tooltip: { filter: (item) => series.length === 1 || item.parsed.y > 0, ...(tooltip ? { callbacks: { label: tooltip } } : {}) },
        },
      },
    }),
  );
}

/** A chart with its words: `described` is read out in its place, the table holds its figures. */
export function barChart({ name, described, labels, series, low = false, stacked = false, ticks = undefined, tooltip = undefined, shown = String }) {
  const canvas = h("canvas", { role: "img", "aria-label": described });
  const box = h("div", { class: `chart ${low ? "low" : ""}` }, canvas);
  const rows = labels.map((label, index) => [label, series.map((one) => one.values[index])]).filter(([, values]) => values.some((value) => Number(value)));
  const table = h(
    "details",
    { class: "figures" },
    h("summary", {}, "The figures as a table"),
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), series.map((one) => h("th", { scope: "col", class: "number" }, one.label)))),
        h("tbody", {}, rows.map(([label, values]) => h("tr", {}, h("th", { scope: "row" }, label), values.map((value) => h("td", { class: "number" }, shown(value)))))),
      ),
    ),
  );
  return { box, table, draw: () => bars(name, canvas, labels, series, { stacked, ticks, tooltip }) };
}
