// Puts the page together: reads, shows what is there so far, and answers to the viewer.

import { get, sentenceOf, DAG } from "./api.js";
import { h } from "./elements.js";
import { showLatest, showRefused } from "./lists.js";
import { shownClock } from "./moments.js";
import { showAmounts, showDelays, showTiles, showTimeline } from "./overview.js";
import { standing } from "./refusals.js";
import { MOST_RUNS, readRuns } from "./runs.js";
import { tellStory } from "./story.js";
import { followTheme } from "./theme.js";

const at = (id) => document.getElementById(id);
const view = { found: null, done: false, days: 7, counted: "invoices", currency: null };
let reading = null;
let searching = null;

function show() {
  if (!view.found) return;
  const now = standing(view.found);
  showTiles(at("tiles"), view.found, now);
  showRefused(at("refused"), now, view.done, search);
  showLatest(at("latest"), view.found, view.done);
  showCharts();
}

function showCharts() {
  if (!view.found) return;
  showTimeline(at("timeline"), view.found, view.days, view.counted);
  showAmounts(at("amounts"), view.found, view.days, view.currency, chooseCurrency);
  showDelays(at("delay"), view.found);
}

function chooseCurrency(currency) {
  view.currency = currency;
  showAmounts(at("amounts"), view.found, view.days, currency, chooseCurrency);
  at("amounts").querySelector("input:checked")?.focus();
}

/** Read all anew; what was being read before is given up. */
async function read() {
  reading?.abort();
  const mine = (reading = new AbortController());
  view.done = false;
  at("notice").replaceChildren();
  at("progress").textContent = "Reading the runs…";
  // What stands stays until all is read anew; where nothing stands, it grows page by page.
  const grows = !view.found;
  let waits = false;
  const soon = (found) => {
    if (mine.signal.aborted) return;
    showProgress(found);
    if (!grows) return;
    view.found = found;
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      if (!mine.signal.aborted) show();
    });
  };
  try {
    await get(`dags/${DAG}`, {}, mine.signal);
    view.found = await readRuns(view.days, soon, mine.signal);
    view.done = true;
    show();
    showEnd(view.found);
  } catch (fault) {
    if (fault.name !== "AbortError") showFault(fault);
  } finally {
    if (reading === mine) at("bar").hidden = true;
  }
}

function showProgress({ runs, total }) {
  const wanted = Math.min(total, MOST_RUNS);
  at("bar").hidden = false;
  at("bar").value = wanted ? runs.length / wanted : 1;
  at("progress").textContent = `Read ${runs.length} of ${wanted} runs…`;
}

function showEnd({ runs, total, unread, withoutXComs }) {
  at("progress").textContent = `${runs.length} runs, read at ${shownClock(new Date())}`;
  const notes = [];
  if (total > runs.length) notes.push(`This period has ${total} runs; the newest ${runs.length} are shown.`);
  if (unread) notes.push(`The summaries of ${unread} older runs were not read: they are kept run by run, and reading them would take too long.`);
  if (withoutXComs) notes.push("You may not read XComs in Airflow, so failed runs and squares that were cleared since are left out.");
  at("notice").replaceChildren(...notes.map((note) => h("p", { class: "notice" }, note)));
}

function showFault(fault) {
  at("progress").textContent = view.found ? "Not everything could be read" : "Nothing could be read";
  at("notice").replaceChildren(h("p", { class: "notice bad" }, sentenceOf(fault)));
  if (view.found) return;
  at("tiles").replaceChildren();
  for (const id of ["refused", "timeline", "amounts", "delay", "latest"]) {
    at(id).classList.remove("loading");
    at(id).replaceChildren(h("p", { class: "empty" }, "Nothing to show."));
  }
}

/** Tell an invoice's story, and let the address name it, so that it can be sent to a colleague. */
function search(number) {
  const wanted = number.trim();
  at("number").value = wanted;
  if (!wanted) {
    at("story").replaceChildren();
    return;
  }
  history.replaceState(null, "", `#invoice=${encodeURIComponent(wanted)}`);
  searching?.abort();
  searching = new AbortController();
  at("search").scrollIntoView({ block: "nearest" });
  at("number").focus({ preventScroll: true });
  tellStory(at("story"), wanted, search, searching.signal);
}

function searchByAddress() {
  const named = new URLSearchParams(location.hash.slice(1)).get("invoice");
  if (named) search(named);
}

at("tiles").append(...Array.from({ length: 5 }, () => h("div", { class: "tile loading" })));
at("range").addEventListener("change", (event) => {
  view.days = Number(event.target.value);
  view.found = null;
  read();
});
at("counted").addEventListener("change", (event) => {
  view.counted = event.target.value;
  if (view.found) showTimeline(at("timeline"), view.found, view.days, view.counted);
});
at("refresh").addEventListener("click", read);
at("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search(at("number").value);
});
addEventListener("hashchange", searchByAddress);
followTheme(showCharts);
read();
searchByAddress();
