// From the runs' summaries to what the page shows. No request, no element: only counting.

import { add } from "./decimal.js";
import { grainOf, slotOf, slots } from "./moments.js";
import { isDry, momentOf } from "./runs.js";

/** The outcomes of an invoice, in the order in which they are stacked. */
export const OUTCOMES = [
  ["posted", "Posted"],
  ["unchanged", "Unchanged"],
  ["voided", "Voided"],
  ["rejected", "Refused"],
  ["given_back", "Given back"],
  ["stopped", "Stopped"],
  ["skipped", "Skipped"],
];

/** What a run came to, in the order in which they are stacked; each with the colour of an outcome. */
export const RUN_KINDS = [
  ["clean", "Everything into the ERP", "posted"],
  ["empty", "Nothing to do", "skipped"],
  ["refusals", "With refusals", "rejected"],
  ["technical", "With technical failures", "given_back"],
  ["failed", "Failed", "stopped"],
  ["open", "Under way", "unchanged"],
  ["unread", "Summary not read", "line"],
  ["dry", "Dry run", "voided"],
];

export function kindOfRun(run, summary) {
  if (isDry(run)) return "dry";
  if (run.state === "failed" || summary?.failure) return "failed";
  if (run.state !== "success") return "open";
  if (!summary) return "unread";
  if (!summary.fetched) return "empty";
  if (summary.counts.given_back || summary.counts.stopped) return "technical";
  return summary.counts.rejected ? "refusals" : "clean";
}

/** Counts by slot: `{grain, slots, invoices: {kind: [n…]}, runs: {kind: [n…]}}`. */
export function timeline({ runs, summaries }, days) {
  const moments = runs.map((run) => Date.parse(momentOf(run))).filter(Number.isFinite);
  const last = Date.now();
  const first = days ? last - days * 86_400_000 : Math.min(last, ...moments);
  const grain = grainOf(first, last);
  const beginnings = slots(first, last, grain);
  const place = new Map(beginnings.map((slot, index) => [slot.getTime(), index]));
  const none = (names) => Object.fromEntries(names.map(([name]) => [name, beginnings.map(() => 0)]));
  const drawn = { grain, slots: beginnings, invoices: none(OUTCOMES), runs: none(RUN_KINDS) };
  for (const run of runs) {
    const index = place.get(slotOf(momentOf(run), grain).getTime());
    if (index === undefined) continue;
    const summary = summaries.get(run.dag_run_id)?.value;
    drawn.runs[kindOfRun(run, summary)][index] += 1;
    for (const [kind] of OUTCOMES) drawn.invoices[kind][index] += summary?.counts[kind] ?? 0;
  }
  return drawn;
}

/** Invoices by outcome over all runs. */
export function totals({ summaries, runs }) {
  const counts = Object.fromEntries(OUTCOMES.map(([kind]) => [kind, 0]));
  for (const run of runs) {
    const summary = summaries.get(run.dag_run_id)?.value;
    for (const [kind] of OUTCOMES) counts[kind] += summary?.counts[kind] ?? 0;
  }
  return counts;
}

/** Amounts by currency and outcome, exact, and what was posted by slot of the timeline. */
export function amounts({ runs, summaries }, { slots: beginnings, grain }) {
  const place = new Map(beginnings.map((slot, index) => [slot.getTime(), index]));
  const found = new Map();
  for (const run of runs) {
    const summary = summaries.get(run.dag_run_id)?.value;
    const index = place.get(slotOf(momentOf(run), grain).getTime());
    for (const [kind, byCurrency] of Object.entries(summary?.totals ?? {})) {
      for (const [currency, amount] of Object.entries(byCurrency)) {
        if (!found.has(currency)) found.set(currency, { currency, seen: 0, posted: "0", unchanged: "0", voided: "0", over: beginnings.map(() => "0") });
        const row = found.get(currency);
        if (typeof row[kind] !== "string") continue;
        row.seen += 1;
        row[kind] = add(row[kind], amount);
        if (kind === "posted" && index !== undefined) row.over[index] = add(row.over[index], amount);
      }
    }
  }
  // The most usual first: amounts of two currencies cannot be compared.
  return [...found.values()].sort((one, other) => other.seen - one.seen || one.currency.localeCompare(other.currency));
}

const DELAYS = [
  [900, "<15m"],
  [3600, "<1h"],
  [4 * 3600, "<4h"],
  [24 * 3600, "<1d"],
  [3 * 86400, "<3d"],
  [7 * 86400, "<7d"],
  [Infinity, "more"],
];

/** How long it took from approval to the ERP: `{count, median, ninth, labels, counts}`. */
export function delays({ runs, summaries }) {
  const seconds = runs.flatMap((run) => summaries.get(run.dag_run_id)?.value.seconds_to_erp ?? []).sort((one, other) => one - other);
  const counts = DELAYS.map(() => 0);
  for (const second of seconds) counts[DELAYS.findIndex(([below]) => second < below)] += 1;
  const at = (share) => seconds[Math.min(seconds.length - 1, Math.floor(share * seconds.length))];
  return { count: seconds.length, median: at(0.5), ninth: at(0.9), labels: DELAYS.map(([, label]) => label), counts };
}
