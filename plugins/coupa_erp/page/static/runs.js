// Reads the runs and what each says of itself. Airflow lists XComs without their values, but asset events with
// theirs: a run that ended well left its summary on the asset below, a hundred a request. Only a run without such
// an event is asked for its XCom, one request each, and no more than MOST_SINGLE of them.

import { DAG, NoAnswer, PAGE, each, get, segment } from "./api.js";

export const MOST_RUNS = 1000;
const MOST_SINGLE = 200;
const MOST_LATE = 60;
const ASSET = "coupa_erp_run_summaries";
const END = "end_integration_run";
/** The task that records an invoice's outcome: the last of its four, or its only one. */
const RECORDS = ["invoice.record_outcome", "invoice"];
const WIDTH = 4;

/**
 * Read the newest runs, at most MOST_RUNS.
 *
 * `days` 0 is without a limit in time; `told` is called with what is there so far. The answer is
 * `{runs, total, summaries, late, unread}`: summaries by run id, each `{at, value}`; late are outcomes that were
 * recorded after their run's summary (a square that was cleared, a run under way). `unread` runs have a summary that
 * was not asked for; `withoutXComs` says that the viewer may not read any.
 */
export async function readRuns(days, told, signal) {
  const since = days ? new Date(Date.now() - days * 86_400_000).toISOString() : null;
  const found = { runs: [], total: 0, summaries: new Map(), late: [], unread: 0, withoutXComs: false };
  const tell = () => told(found);
  const events = readEvents(since, found.summaries, tell, signal);
  events.catch(() => undefined);
  await readPages(
    (offset) => get(`dags/${DAG}/dagRuns`, { limit: PAGE, offset, order_by: "-run_after", run_after_gte: since }, signal),
    (answer) => {
      found.runs.push(...answer.dag_runs);
      found.total = answer.total_entries ?? found.runs.length;
      tell();
    },
    MOST_RUNS,
  );
  found.runs.sort((one, other) => Date.parse(momentOf(other)) - Date.parse(momentOf(one)));
  await events;
  try {
    await readSingly(found, tell, signal);
    found.late = await readLate(found, signal);
  } catch (fault) {
    if (!isForbidden(fault)) throw fault;
    found.withoutXComs = true;
  }
  tell();
  return found;
}

/** A dry run wrote nothing: what it says of an invoice is no outcome. */
export function isDry(run) {
  return run?.conf?.dry_run === true;
}

/** One run, as Airflow has it; null where it is gone. */
export function readRun(runId, signal) {
  return getOrNothing(`dags/${DAG}/dagRuns/${segment(runId)}`, {}, signal);
}

/** When a run was: its start; before that, when it may start. */
export function momentOf(run) {
  return run.start_date ?? run.run_after;
}

/** Pages of one listing: the first tells how many there are, the others are asked a few at a time. */
async function readPages(page, take, most) {
  const first = await page(0);
  take(first);
  const total = Math.min(first.total_entries ?? 0, most);
  const offsets = [];
  for (let offset = PAGE; offset < total; offset += PAGE) offsets.push(offset);
  await each(offsets, WIDTH, async (offset) => take(await page(offset)));
}

async function readEvents(since, summaries, tell, signal) {
  const wanted = { source_dag_id: DAG, source_task_id: END, name_prefix_pattern: ASSET, order_by: "-timestamp", limit: PAGE, timestamp_gte: since };
  try {
    await readPages(
      (offset) => get("assets/events", { ...wanted, offset }, signal),
      (answer) => {
        for (const event of answer.asset_events) {
          if (event.name === ASSET && event.extra?.counts) keepNewest(summaries, event.source_run_id, event.timestamp, event.extra);
        }
        tell();
      },
      // A run that was cleared has an event of each of its ends.
      MOST_RUNS * 1.5,
    );
  } catch (fault) {
    // Who may see the DAG may still be kept from assets: then the XComs tell, run by run.
    if (!isForbidden(fault)) throw fault;
  }
}

function isForbidden(fault) {
  return fault instanceof NoAnswer && fault.status === 403;
}

function keepNewest(summaries, runId, at, value) {
  const kept = summaries.get(runId);
  if (!kept || Date.parse(kept.at) < Date.parse(at)) summaries.set(runId, { at, value });
}

async function readSingly(found, tell, signal) {
  // A failed run leaves no event; one from before it was cleared would tell of a better day.
  const without = found.runs.filter((run) => !isDry(run) && (run.state === "failed" || (run.state === "success" && !found.summaries.has(run.dag_run_id))));
  found.unread = Math.max(0, without.length - MOST_SINGLE);
  let read = 0;
  await each(without.slice(0, MOST_SINGLE), WIDTH, async (run) => {
    const answer = await getOrNothing(`dags/${DAG}/dagRuns/${segment(run.dag_run_id)}/taskInstances/${END}/xcomEntries/return_value`, {}, signal);
    const value = valueOf(answer);
    if (value?.counts) found.summaries.set(run.dag_run_id, { at: answer.timestamp, value });
    read += 1;
    if (read % 25 === 0) tell();
  });
}

async function readLate(found, signal) {
  const known = new Set(found.runs.filter((run) => !isDry(run)).map((run) => run.dag_run_id));
  const newest = { xcom_key: "return_value", order_by: "-timestamp", limit: PAGE };
  const listed = await Promise.all(RECORDS.map((task) => get(`dags/${DAG}/dagRuns/~/taskInstances/${task}/xcomEntries`, newest, signal)));
  const entries = listed.flatMap((answer) => answer.xcom_entries).sort((one, other) => Date.parse(other.timestamp) - Date.parse(one.timestamp));
  const late = entries.filter((entry) => {
    const summary = found.summaries.get(entry.run_id);
    return known.has(entry.run_id) && (!summary || Date.parse(entry.timestamp) > Date.parse(summary.at));
  });
  const outcomes = [];
  await each(late.slice(0, MOST_LATE), WIDTH, async (entry) => {
    const outcome = await readOutcome(entry.run_id, entry.task_id, entry.map_index, signal);
    if (outcome) outcomes.push({ at: entry.timestamp, runId: entry.run_id, outcome });
  });
  return outcomes;
}

/** What the task that records said of one index; null where it said nothing. */
export async function readOutcome(runId, taskId, mapIndex, signal) {
  const path = `dags/${DAG}/dagRuns/${segment(runId)}/taskInstances/${segment(taskId)}/xcomEntries/return_value`;
  const value = valueOf(await getOrNothing(path, { map_index: mapIndex }, signal));
  return value?.facts ? value : null;
}

async function getOrNothing(path, parameters, signal) {
  try {
    return await get(path, parameters, signal);
  } catch (fault) {
    if (fault instanceof NoAnswer && fault.status === 404) return null;
    throw fault;
  }
}

/** An XCom's value: Airflow answers it as JSON, or as the text of that JSON. */
function valueOf(answer) {
  const value = answer?.value;
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
