// The parts that count: tiles, the timeline, amounts, times.

import { barChart } from "./charts.js";
import { shownAmount } from "./decimal.js";
import { fill, h } from "./elements.js";
import { OUTCOMES, RUN_KINDS, amounts, delays, timeline, totals } from "./figures.js";
import { shownCount, shownDuration, shownMoment, slotLabel } from "./moments.js";
import { howMany } from "./refusals.js";
import { momentOf } from "./runs.js";

const GRAINS = { hour: "hour", day: "day", week: "week" };

/** At a glance: what an operator asks first. */
export function showTiles(place, found, standing) {
  const counts = totals(found);
  const delay = delays(found);
  const [newest] = found.runs;
  const refused = howMany(standing.rejected);
  const technical = howMany(standing.stopped) + howMany(standing.given_back);
  place.setAttribute("aria-busy", "false");
  place.replaceChildren(
    tile("Refused now", shownCount(refused), refused ? "a person must mend them" : "nothing waits for a person", refused ? "bad" : "good"),
    tile("Technical failures now", shownCount(technical), stoppedWords(standing), howMany(standing.stopped) ? "bad" : technical ? "warn" : "good"),
    tile("Posted in this period", shownCount(counts.posted), `${shownCount(counts.unchanged)} unchanged, ${shownCount(counts.voided)} voided`, ""),
    tile("Approval to ERP, median", delay.count ? shownDuration(delay.median) : "–", delay.count ? `9 of 10 within ${shownDuration(delay.ninth)}` : "no approval time is known", ""),
    tile("Last run", newest ? stateWord(newest.state) : "–", newest ? shownMoment(momentOf(newest)) : "none in this period", newest?.state === "failed" ? "bad" : newest ? "good" : ""),
  );
}

function stoppedWords(standing) {
  const stopped = howMany(standing.stopped);
  if (stopped) return `${stopped} tried no more by itself`;
  return howMany(standing.given_back) ? "the next run takes them" : "nothing is stuck";
}

export function stateWord(state) {
  return { success: "Succeeded", failed: "Failed", running: "Under way", queued: "Queued" }[state] ?? state;
}

function tile(what, figure, more, tone) {
  return h("div", { class: `tile ${tone}` }, h("p", { class: "what" }, what), h("p", { class: "figure" }, figure), h("p", { class: "more" }, more));
}

/** Invoices by outcome, or runs by what they came to, over time. */
export function showTimeline(place, found, days, counted) {
  const time = timeline(found, days);
  const kinds = counted === "runs" ? RUN_KINDS : OUTCOMES.map(([kind, label]) => [kind, label, kind]);
  const series = kinds.map(([kind, label, colour]) => ({ label, colour, values: time[counted][kind] })).filter((one) => one.values.some(Boolean));
  if (!series.length) {
    fill(place, h("p", { class: "empty" }, counted === "runs" ? "No run in this period." : "No invoice in this period: the runs had nothing to do, or none has run."));
    return;
  }
  const sums = series.map((one) => `${one.label} ${one.values.reduce((sum, value) => sum + value, 0)}`);
  const chart = barChart({
    name: "timeline",
    described: `${counted === "runs" ? "Runs" : "Invoices"} by ${GRAINS[time.grain]}: ${sums.join(", ")}. The figures are in the table below.`,
    labels: time.slots.map((slot) => slotLabel(slot, time.grain)),
    series,
    stacked: true,
  });
  fill(place, chart.box, chart.table);
  chart.draw();
}

/** What was posted, left unchanged or voided, by currency; one currency drawn over time. */
export function showAmounts(place, found, days, chosen, choose) {
  const time = timeline(found, days);
  const rows = amounts(found, time);
  if (!rows.length) {
    fill(place, h("p", { class: "empty" }, "No amount came to the ERP in this period."));
    return;
  }
  const row = rows.find(({ currency }) => currency === chosen) ?? rows[0];
  const pick = (one) =>
    h("label", { class: "pick" }, h("input", { type: "radio", name: "currency", value: one.currency, checked: one === row, onchange: () => choose(one.currency), "aria-label": `Draw ${one.currency} over time` }), one.currency);
  const cell = (label, amount) => h("td", { class: "number", "data-label": label }, Number(amount) ? shownAmount(amount) : "–");
  const table = h(
    "table",
    { class: "stack" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Currency"), ["Posted", "Unchanged", "Voided"].map((word) => h("th", { scope: "col", class: "number" }, word)))),
    h("tbody", {}, rows.map((one) => h("tr", {}, h("td", { "data-label": "Currency" }, pick(one)), cell("Posted", one.posted), cell("Unchanged", one.unchanged), cell("Voided", one.voided)))),
  );
  const chart = barChart({
    name: "amounts",
    described: `Posted in ${row.currency} by ${GRAINS[time.grain]}, ${shownAmount(row.posted)} in all. The figures are in the table below.`,
    labels: time.slots.map((slot) => slotLabel(slot, time.grain)),
    series: [{ label: `Posted, ${row.currency}`, colour: "posted", values: row.over }],
    low: true,
    ticks: (value) => new Intl.NumberFormat(undefined, { notation: "compact" }).format(value),
    tooltip: (item) => `${row.currency} ${shownAmount(row.over[item.dataIndex])}`,
    shown: shownAmount,
  });
  fill(place, h("div", { class: "scroll" }, table), h("p", { class: "muted over" }, `Posted in ${row.currency}, by ${GRAINS[time.grain]}`), chart.box, chart.table);
  chart.draw();
}

/** How long invoices took from their last approval in Coupa to their posting. */
export function showDelays(place, found) {
  const delay = delays(found);
  if (!delay.count) {
    fill(place, h("p", { class: "empty" }, "Coupa shows no approval time for what was posted in this period, or nothing was posted."));
    return;
  }
  const pair = (term, value) => h("div", {}, h("dt", {}, term), h("dd", {}, value));
  const chart = barChart({
    name: "delay",
    described: `From approval to the ERP, ${delay.count} invoices: half within ${shownDuration(delay.median)}, nine of ten within ${shownDuration(delay.ninth)}. The figures are in the table below.`,
    labels: delay.labels,
    series: [{ label: "Invoices", colour: "accent", values: delay.counts }],
    low: true,
  });
  fill(
    place,
    h("dl", { class: "delays" }, pair("Half within", shownDuration(delay.median)), pair("9 of 10 within", shownDuration(delay.ninth)), pair("Invoices", shownCount(delay.count))),
    chart.box,
    chart.table,
  );
  chart.draw();
}
