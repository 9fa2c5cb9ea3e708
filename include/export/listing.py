"""Step 2: which invoices a run takes. A listing is ids and a few labels, never content."""

from __future__ import annotations

import datetime
import heapq
import logging
from collections.abc import Iterator
from itertools import islice

from include.coupa_port import CoupaPort
from include.erp_port import ErpPort
from include.export.records import RecordName
from include.export.request import RunRequest
from include.models.bill import Frozen
from include.models.invoice import InvoiceLabel
from include.options import Options
from include.scope import CoupaScope

log = logging.getLogger(__name__)

_IDS_IN_A_QUERY = 50


class Label(Frozen):
    """One invoice of a run, as small as it can be: every task of its index may be handed it.

    :param open_errors: ids of its open integration errors, where they were asked for with the listing.
    """

    id: int
    number: str
    open_errors: list[int] | None = None


class Listing(Frozen):
    """What a run takes.

    :param labels: by id.
    :param next_after_id: the cursor of a follow-up run; ``None`` where the listing was not cut.
    :param oldest: when the invoice among them was last written to whose turn has been longest in coming.
    """

    labels: list[Label]
    next_after_id: int | None = None
    oldest: datetime.datetime | None = None

    def longest_waiting(self, now: datetime.datetime) -> datetime.timedelta | None:
        """How long the oldest of them has been waiting; ``None`` where none waits.

        :param now: the present, with its zone.
        """
        return max(now - self.oldest, datetime.timedelta()) if self.oldest else None


def waiting_query(request: RunRequest, scope: CoupaScope, options: Options) -> dict[str, str]:
    """The conditions on what waits, in Coupa's query language.

    ``go_live_from`` holds for everything that was not named by its id.

    :param request: what the run was asked for.
    :param scope: the connection's settings.
    :param options: the package's settings.
    """
    query = {"status[in]": ",".join(request.statuses), **scope.selection_query}
    if request.invoice_ids:
        query["id[in]"] = ",".join(str(invoice_id) for invoice_id in sorted(set(request.invoice_ids)))
        return query
    if not request.include_exported:
        query["exported"] = "false"
    if request.updated_since:
        query["updated-at[gt_or_eq]"] = in_coupas_time(request.updated_since)
    if request.window_from:
        query[f"{options.window_on}[gt_or_eq]"] = in_coupas_time(request.window_from)
    if request.window_to:
        query[f"{options.window_on}[lt]"] = in_coupas_time(request.window_to)
    hold_go_live(query, scope)
    return query


def voided_query(scope: CoupaScope, options: Options, now: datetime.datetime) -> dict[str, str]:
    """The conditions on voids of invoices that were exported: a void does not reset the mark.

    :param scope: the connection's settings.
    :param options: the package's settings.
    :param now: the present, with its zone.
    """
    query = {
        "status": "voided",
        "exported": "true",
        "updated-at[gt_or_eq]": in_coupas_time(now - datetime.timedelta(days=options.void_lookback_days)),
        **scope.selection_query,
    }
    hold_go_live(query, scope)
    return query


def fetch_invoices(
    coupa: CoupaPort, erp: ErpPort, request: RunRequest, options: Options, now: datetime.datetime
) -> Listing:
    """List what a run takes: everything that waits, and voids of what is live in the ERP.

    :param coupa: the instance.
    :param erp: asked which exported voids are still live there.
    :param request: what the run was asked for.
    :param options: the package's settings.
    :param now: the present, with its zone.
    :return: at most ``request.max_invoices`` labels, and the cursor where more wait.
    """
    scope = coupa.scope
    listed = [coupa.list_invoices(waiting_query(request, scope, options), after_id=request.after_id)]
    if "voided" in request.statuses and request.takes_everything:
        voided = coupa.list_invoices(voided_query(scope, options, now), after_id=request.after_id)
        listed.append(_live_voids(coupa, erp, voided))
    if request.retry_rejected and not request.invoice_ids:
        listed.append(_refused_earlier(coupa, request, options))
    merged = heapq.merge(*listed, key=lambda label: label.id)
    labels = list(islice(_without_repeats(merged), request.max_invoices + 1))
    taken = [Label(id=label.id, number=label.shown_number) for label in labels[: request.max_invoices]]
    if options.errors_ahead and not request.dry_run:
        taken = _with_open_errors(coupa, taken)
    cut = len(labels) > request.max_invoices
    touched = [moment for label in labels if (moment := _moment(label.updated_at))]
    return Listing(
        labels=taken, next_after_id=taken[-1].id if cut else None, oldest=min(touched, default=None)
    )


def _with_open_errors(coupa: CoupaPort, labels: list[Label]) -> list[Label]:
    found = coupa.find_open_integration_errors(label.id for label in labels)
    return [
        label.model_copy(update={"open_errors": [error.id for error in found.get(label.id, [])]})
        for label in labels
    ]


def _moment(text: str | None) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _live_voids(coupa: CoupaPort, erp: ErpPort, voided: Iterator[InvoiceLabel]) -> Iterator[InvoiceLabel]:
    """Those voids that the ERP does not know yet and that no person is told of already.

    One whose void was refused (it is paid) stays live in the ERP under its open error: it must not come
    back, and alert, with every run.
    """
    candidates = {coupa.scope.key(label.id): label for label in voided}
    if not candidates:
        return
    live = erp.live_keys(list(candidates))
    for key, label in candidates.items():
        if key in live and not coupa.find_integration_errors(label.id):
            yield label


def _refused_earlier(coupa: CoupaPort, request: RunRequest, options: Options) -> Iterator[InvoiceLabel]:
    """What stands under an open error of ours that the request names, exported or not.

    All else that limits the run limits this, too: statuses, windows, go-live, the connection's selection.
    """
    scope, wanted = coupa.scope, set()
    for error in coupa.list_open_errors(scope.key_prefix):
        invoice_id = error.document_id
        if invoice_id is None or invoice_id <= request.after_id:
            continue
        is_ours = RecordName.read(error.external_id, scope.key(invoice_id)) is not None
        if is_ours and request.retries(response.response_code for response in error.responses):
            wanted.add(invoice_id)
    log.info("%s invoices stand under an open error that retry_rejected names.", len(wanted))
    query = waiting_query(request.model_copy(update={"include_exported": True}), scope, options)
    ids = iter(sorted(wanted))
    while some := list(islice(ids, _IDS_IN_A_QUERY)):
        yield from coupa.list_invoices({**query, "id[in]": ",".join(map(str, some))})


def _without_repeats(labels: Iterator[InvoiceLabel]) -> Iterator[InvoiceLabel]:
    last = 0
    for label in labels:
        if label.id != last:
            last = label.id
            yield label


def hold_go_live(query: dict[str, str], scope: CoupaScope) -> None:
    """Nothing created before go-live is taken, not even by a window that begins earlier."""
    if scope.go_live_from is None:
        return
    floor = datetime.datetime.combine(scope.go_live_from, datetime.time(), datetime.UTC)
    asked = query.get("created-at[gt_or_eq]")
    if asked is None or datetime.datetime.fromisoformat(asked) < floor:
        query["created-at[gt_or_eq]"] = in_coupas_time(floor)


def in_coupas_time(moment: datetime.datetime) -> str:
    """A point in time with its zone: without one Coupa reads UTC midnight."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds")
