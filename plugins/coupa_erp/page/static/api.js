// Airflow's REST API, with the rights of whoever looks at the page: the browser sends the viewer's own session.

export const DAG = "coupa_invoices_to_erp";
export const PAGE = 100;
const ROOT = new URL("../api/v2/", document.baseURI);

/** Airflow's answer to one request was not a good one. `status` is 0 where there was none. */
export class NoAnswer extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** One GET; the parameters are encoded, empty ones left out. */
export async function get(path, parameters = {}, signal = undefined) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, value);
  }
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", headers: { accept: "application/json" }, signal });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new NoAnswer(0, "Airflow does not answer.");
  }
  if (!answer.ok) throw new NoAnswer(answer.status, `Airflow answers ${answer.status}.`);
  return answer.json();
}

/** A path segment. */
export function segment(text) {
  return encodeURIComponent(text);
}

/** Airflow's own pages, for links. */
export function airflowPage(path) {
  return new URL(`../${path}`, document.baseURI).href;
}

/** Do `work` for each item, at most `width` at a time; the first failure ends it. */
export async function each(items, width, work) {
  const waiting = [...items];
  const worker = async () => {
    while (waiting.length) await work(waiting.shift());
  };
  await Promise.all(Array.from({ length: Math.min(width, waiting.length) }, worker));
}

/** What went wrong, in a sentence for whoever looks. */
export function sentenceOf(fault) {
  if (!(fault instanceof NoAnswer)) return `The page met a fault of its own: ${fault.message}`;
  if (fault.status === 401) return "You are not signed in to Airflow any more. Sign in, then open this page again.";
  if (fault.status === 403) return `You may not see the DAG ${DAG} in Airflow, so there is nothing to show. Ask whoever manages Airflow for the right to read it.`;
  if (fault.status === 404) return `Airflow has no DAG ${DAG}: it has not been read yet, or was deleted.`;
  if (fault.status === 0) return "Airflow does not answer. Check your network, then refresh.";
  return `Airflow answers with the status ${fault.status}. Refresh in a minute; if it stays, tell whoever manages Airflow.`;
}
