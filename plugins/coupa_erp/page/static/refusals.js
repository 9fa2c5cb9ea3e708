// What is refused, stopped or on its way back now: the last word of the runs on each invoice, and why.

/** `{rejected: [group…], stopped: […], given_back: […]}`; a group is `{why, invoices: [{number, id, url, at, runId}]}`. */
export function standing({ runs, summaries, late }) {
  const words = runs.flatMap((run) => wordsOf(run.dag_run_id, summaries.get(run.dag_run_id)));
  for (const { at, runId, outcome } of late) {
    words.push({ kind: outcome.kind, at, runId, id: outcome.facts.invoice_id, number: outcome.facts.invoice_number, url: outcome.coupa_url, messages: outcome.messages.map((message) => message.text) });
  }
  words.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const last = new Map(words.map((word) => [word.id, word]));
  const found = { rejected: [], stopped: [], given_back: [] };
  for (const word of last.values()) found[word.kind]?.push(word);
  return Object.fromEntries(Object.entries(found).map(([kind, invoices]) => [kind, grouped(invoices)]));
}

function wordsOf(runId, summary) {
  if (!summary) return [];
  const { at, value } = summary;
  const refused = (kind, rows) => (rows ?? []).map((row) => ({ kind, at, runId, id: row.invoice_id ?? row.invoice_number, number: row.invoice_number, url: row.coupa_url, messages: row.messages }));
  return [
    ...(value.settled ?? []).map((id) => ({ kind: "settled", at, runId, id })),
    ...refused("rejected", value.rejections),
    ...refused("stopped", value.stopped),
    ...refused("given_back", value.given_back),
  ];
}

/** By each message: an invoice with two messages stands under both, for either must be mended. */
function grouped(invoices) {
  const groups = new Map();
  for (const invoice of invoices) {
    const reasons = new Set(invoice.messages?.length ? invoice.messages.map((text) => reasonOf(text)) : ["No reason was recorded."]);
    for (const why of reasons) {
      if (!groups.has(why)) groups.set(why, { why, invoices: [] });
      groups.get(why).invoices.push(invoice);
    }
  }
  for (const group of groups.values()) group.invoices.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return [...groups.values()].sort((one, other) => other.invoices.length - one.invoices.length || one.why.localeCompare(other.why));
}

/** The message without the place in the invoice: the same closed account on line 1 and on line 7 is one reason. */
function reasonOf(text) {
  return text.replace(/^(Header|Line \d+(?:, allocation \d+)?|Charge \d+|Shipping|Handling|Misc(?:ellaneous)?): /, "");
}

export function howMany(groups) {
  return new Set(groups.flatMap((group) => group.invoices.map((invoice) => invoice.id))).size;
}
