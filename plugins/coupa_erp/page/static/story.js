// One invoice through all runs: found by the label of its squares in the grid, which is its number.

import { DAG, PAGE, airflowPage, each, get, segment, sentenceOf } from "./api.js";
import { shownAmount } from "./decimal.js";
import { badge, h, link } from "./elements.js";
import { shownDuration, shownMoment } from "./moments.js";
import { isDry, readOutcome, readRun } from "./runs.js";

const STEPS = ["mark_exported", "resolve_previous", "post_to_erp", "record_outcome"];
/** The only task of an invoice, where it is not cut into steps. */
const WHOLE = "invoice";
const ENDED = ["success", "failed"];
const MOST_PAGES = 5;
const MOST_VISITS = 40;
const SAID = {
  created: ["Posted", "good"],
  amended: ["Amended", "good"],
  unchanged: ["Unchanged in the ERP", "good"],
  voided: ["Voided", "good"],
  nothing_to_void: ["Voided: nothing stood in the ERP", "good"],
  rejected: ["Refused", "bad"],
  stopped: ["Stopped", "bad"],
  given_back: ["Given back", "warn"],
  skipped: ["Skipped", ""],
};

/** Search and show; `again` searches for another number. */
export async function tellStory(place, text, again, signal) {
  place.replaceChildren(h("p", { class: "muted" }, `Looking for ${text}…`));
  try {
    const { squares, cut } = await findSquares(text, signal);
    const numbers = [...new Set(squares.map((square) => square.rendered_map_index))];
    const exact = numbers.filter((number) => number.toLowerCase() === text.toLowerCase());
    if (exact.length) await showStory(place, exact[0], squares.filter((square) => exact.includes(square.rendered_map_index)), cut, signal);
    else if (numbers.length) showCandidates(place, text, numbers, again);
    else showNothing(place, text);
  } catch (fault) {
    if (fault.name !== "AbortError") place.replaceChildren(h("p", { class: "notice bad" }, sentenceOf(fault)));
  }
}

/** The squares whose label begins with the text. Airflow over-matches and knows wildcards: sorted out here. */
async function findSquares(text, signal) {
  const term = text.split("|")[0].trim() || text;
  const begins = (square) => (square.rendered_map_index ?? "").toLowerCase().startsWith(text.toLowerCase());
  let cut = false;
  const ask = async (name, pages) => {
    const found = [];
    for (let page = 0; page < pages; page += 1) {
      const answer = await get(`dags/${DAG}/dagRuns/~/taskInstances`, { [name]: term, order_by: "-run_after", limit: PAGE, offset: page * PAGE }, signal);
      found.push(...answer.task_instances.filter((square) => square.map_index >= 0 && begins(square)));
      if ((page + 1) * PAGE >= answer.total_entries) return found;
    }
    cut = true;
    return found;
  };
  // By the prefix first, which a database finds by its index; it is particular about capitals.
  const squares = await ask("rendered_map_index_prefix_pattern", MOST_PAGES);
  return { squares: squares.length ? squares : await ask("rendered_map_index_pattern", 1), cut };
}

async function showStory(place, number, squares, cut, signal) {
  const visits = new Map();
  for (const square of squares) {
    const key = `${square.dag_run_id} ${square.map_index}`;
    if (!visits.has(key)) visits.set(key, { runId: square.dag_run_id, index: square.map_index, steps: new Map(), outcome: null, at: square.run_after });
    const visit = visits.get(key);
    visit.steps.set(square.task_id.split(".").at(-1), square);
    for (const moment of [square.start_date, square.end_date]) if (moment && Date.parse(moment) > Date.parse(visit.at)) visit.at = moment;
  }
  const told = [...visits.values()].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  await each(told.slice(0, MOST_VISITS), 6, async (visit) => {
    const record = recordOf(visit.steps);
    // An only task that passes its invoice over says so, too.
    const ended = ENDED.includes(record?.state) || (visit.steps.has(WHOLE) && record.state === "skipped");
    const run = readRun(visit.runId, signal);
    visit.outcome = ended ? await readOutcome(visit.runId, record.task_id, visit.index, signal) : null;
    visit.dry = isDry(await run);
  });
  const ids = new Set(told.map((visit) => visit.outcome?.facts.invoice_id).filter(Boolean));
  place.replaceChildren(
    h("h3", {}, number, " ", h("span", { class: "muted" }, told.length === 1 ? "in one run" : `in ${told.length} runs, the newest first`)),
    ids.size > 1 ? h("p", { class: "notice warn" }, `${ids.size} invoices have this number; Coupa's id tells them apart.`) : "",
    h("ol", { class: "visits" }, told.slice(0, MOST_VISITS).map(visitOf)),
    cut || told.length > MOST_VISITS ? h("p", { class: "muted hint" }, "There are older visits, which are not shown.") : "",
  );
}

function visitOf(visit) {
  const { outcome, steps } = visit;
  const [words, tone] = outcome ? (SAID[outcome.action] && outcome.kind !== "rejected" ? SAID[outcome.action] : SAID[outcome.kind] ?? [outcome.kind, ""]) : unfinished(steps);
  const facts = outcome?.facts;
  const names = steps.has(WHOLE) ? [WHOLE] : STEPS;
  const red = names.map((step) => steps.get(step)).find((square) => square?.state === "failed");
  const logged = red ?? recordOf(steps) ?? [...steps.values()][0];
  return h(
    "li",
    { class: `visit ${visit.dry ? "" : tone}` },
    h("div", { class: "line" },
      visit.dry ? badge("Dry run: nothing was written") : null,
      badge(visit.dry ? `Would be: ${words.toLowerCase()}` : words, visit.dry ? "" : tone),
      outcome?.erp_number ? h("span", {}, "as ", h("strong", {}, outcome.erp_number)) : null,
      facts?.total ? h("span", {}, `${facts.currency ?? ""} ${shownAmount(facts.total)}`) : null,
      h("span", { class: "muted" }, shownMoment(visit.at)),
      facts ? h("span", { class: "muted" }, `Coupa id ${facts.invoice_id}${facts.status ? `, ${facts.status}` : ""}`) : null),
    outcome?.messages?.length ? h("ul", { class: "messages" }, outcome.messages.map((message) => h("li", {}, message.text))) : null,
    sinceApproval(outcome),
    h("ul", { class: "steps", "aria-label": "Steps" }, names.map((step) => stepOf(step, steps.get(step)))),
    h("div", { class: "links" },
      outcome?.coupa_url ? link(outcome.coupa_url, "Open in Coupa") : null,
      outcome?.document_url ? link(outcome.document_url, "Open in the ERP") : null,
      link(airflowPage(`dags/${DAG}/runs/${segment(visit.runId)}/tasks/${segment(logged.task_id)}/mapped/${visit.index}`), red ? (red.task_id === WHOLE ? "Log of the red square" : "Log of the red step") : "Log"),
      link(airflowPage(`dags/${DAG}/runs/${segment(visit.runId)}`), "The run")),
  );
}

function recordOf(steps) {
  return steps.get(WHOLE) ?? steps.get("record_outcome");
}

function unfinished(steps) {
  const states = [...steps.values()].map((square) => square.state);
  if (states.some((state) => ["running", "queued", "scheduled", "up_for_retry", null].includes(state))) return ["Under way", "warn"];
  return ["No outcome recorded", ""];
}

function stepOf(step, square) {
  const state = square?.state ?? "not begun";
  const again = square && square.try_number > 1 ? `, try ${square.try_number}` : "";
  return h("li", { class: state }, `${step}: ${state.replaceAll("_", " ")}${again}`);
}

function sinceApproval(outcome) {
  const approved = Date.parse(outcome?.facts.approved_at ?? "");
  const posted = Date.parse(outcome?.posted_at ?? "");
  if (outcome?.action !== "created" || !Number.isFinite(approved) || !Number.isFinite(posted)) return null;
  return h("p", { class: "muted" }, `Approved ${shownMoment(outcome.facts.approved_at)}; in the ERP ${shownDuration(Math.max(0, (posted - approved) / 1000))} later.`);
}

function showCandidates(place, text, numbers, again) {
  const shown = numbers.slice(0, 30);
  place.replaceChildren(
    h("p", {}, `No invoice is called ${text}. `, numbers.length === 1 ? "One begins so:" : `${numbers.length > 30 ? "30 of those" : "These"} that begin so:`),
    h("ul", { class: "candidates" }, shown.map((number) => h("li", {}, h("button", { type: "button", onclick: () => again(number) }, number)))),
  );
}

function showNothing(place, text) {
  place.replaceChildren(
    h("p", { class: "empty" }, h("strong", {}, `No run has an invoice called ${text}. `), "Either no run has taken it yet, or Airflow no longer keeps that run. Coupa keeps its history records."),
  );
}
