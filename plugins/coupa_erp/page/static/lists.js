// The parts that name: what is refused now, and the latest runs.

import { DAG, airflowPage, segment } from "./api.js";
import { badge, fill, h, link } from "./elements.js";
import { OUTCOMES, kindOfRun } from "./figures.js";
import { shownMoment } from "./moments.js";
import { stateWord } from "./overview.js";
import { howMany } from "./refusals.js";
import { isDry, momentOf } from "./runs.js";

const KINDS = [
  ["rejected", "Refused: a person must mend the invoice, the ERP or the mapping", "bad"],
  ["stopped", "Tried no more by itself: three technical failures in a row", "bad"],
  ["given_back", "Given back after a technical failure: the next run takes them", "warn"],
];
const SHOWN_FIRST = 10;
const LATEST = 12;
const SAID = {
  clean: ["Succeeded", "good"],
  empty: ["Nothing to do", ""],
  refusals: ["With refusals", "bad"],
  technical: ["Technical failures", "warn"],
  failed: ["Failed", "loud"],
  open: [null, ""],
  unread: ["Succeeded", ""],
  dry: ["Dry run", ""],
};

/** Groups by the ERP's message; a group that was open stays open. */
export function showRefused(place, standing, readAll, tell) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((group) => group.dataset.why));
  const parts = KINDS.flatMap(([kind, words, tone]) => {
    const groups = standing[kind];
    if (!groups.length) return [];
    return [h("h3", { class: "kind" }, badge(String(howMany(groups)), tone), words), ...groups.map((group) => groupOf(kind, group, tone, open, tell))];
  });
  if (!parts.length) {
    const words = readAll ? "The last word of these runs on every invoice is a good one." : "Nothing so far; still reading.";
    parts.push(h("p", { class: "empty" }, readAll ? h("strong", {}, "Nothing is refused. ") : null, words));
  }
  fill(place, parts);
}

function groupOf(kind, group, tone, open, tell) {
  const key = `${kind} ${group.why}`;
  const row = (invoice) =>
    h(
      "li",
      {},
      h("button", { type: "button", class: "link", "aria-label": `Story of ${invoice.number}`, onclick: () => tell(invoice.number) }, invoice.number),
      invoice.url ? link(invoice.url, "Open in Coupa") : null,
      h("span", { class: "when" }, `since ${shownMoment(invoice.at)}`),
    );
  const rest = group.invoices.slice(SHOWN_FIRST);
  const more = h("li", {}, h("button", { type: "button", onclick: showRest }, `Show the other ${rest.length}`));
  function showRest() {
    const rows = rest.map(row);
    more.replaceWith(...rows);
    rows[0].querySelector("button").focus();
  }
  return h(
    "details",
    { class: "group", "data-why": key, open: open.has(key) },
    h("summary", {}, h("span", { class: "why" }, group.why), badge(group.invoices.length === 1 ? group.invoices[0].number : `${group.invoices.length} invoices`, `${tone} who`)),
    h(
      "ul",
      {},
      group.invoices.slice(0, SHOWN_FIRST).map(row),
      rest.length ? more : null,
    ),
  );
}

/** The newest runs, each with its summary in words and a link to Airflow's own page of it. */
export function showLatest(place, { runs, summaries }, readAll) {
  if (!runs.length) {
    fill(place, h("p", { class: "empty" }, "No run in this period. Choose a longer one, or start the DAG in Airflow."));
    return;
  }
  const rows = runs.slice(0, LATEST).map((run) => {
    const summary = summaries.get(run.dag_run_id)?.value;
    const [words, tone] = SAID[kindOfRun(run, summary)];
    return h(
      "tr",
      {},
      h("td", { "data-label": "Run" }, link(airflowPage(`dags/${DAG}/runs/${segment(run.dag_run_id)}`), shownMoment(momentOf(run)))),
      h("td", { "data-label": "Started by" }, startedBy(run)),
      h("td", { "data-label": "State" }, badge(words ?? stateWord(run.state), tone)),
      h("td", { "data-label": "Invoices" }, wordsOf(run, summary, readAll)),
    );
  });
  const more = runs.length > LATEST ? h("p", { class: "muted hint" }, `The newest ${LATEST} of ${runs.length} runs read; the others are in Airflow's list.`) : null;
  fill(
    place,
    h("div", { class: "scroll" }, h("table", { class: "stack" }, h("thead", {}, h("tr", {}, ["Run", "Started by", "State", "Invoices"].map((word) => h("th", { scope: "col" }, word)))), h("tbody", {}, rows))),
    more,
  );
}

function startedBy(run) {
  if (run.run_type === "manual") return run.triggering_user_name ? `by ${run.triggering_user_name}` : "by hand";
  return { scheduled: "schedule", backfill: "backfill", operator_triggered: "backlog" }[run.run_type] ?? run.run_type;
}

function wordsOf(run, summary, readAll) {
  if (isDry(run)) return "nothing was written; its report is in the log of its end";
  if (!summary && !["success", "failed"].includes(run.state)) return "not ended yet";
  if (!summary) return readAll ? "no summary" : "not read yet";
  const parts = OUTCOMES.filter(([kind]) => summary.counts[kind]).map(([kind, label]) => `${summary.counts[kind]} ${label.toLowerCase()}`);
  const counts = parts.join(", ") || "none";
  return summary.failure ? `${counts}. ${summary.failure}` : counts;
}
