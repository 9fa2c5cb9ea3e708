"""Coupa's answers as models, checked: a 200 is no proof that Coupa did what it was asked."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from coupa_erp.coupa.answers import lookup
from coupa_erp.coupa.paging import id_of, missing_key
from include.errors import OutcomeUnknown, RefusedByCoupa, TransientError
from include.models.absence import absent_keys
from include.models.invoice import CoupaInvoice
from include.models.kept import with_older_fields
from include.models.records import IntegrationRecord, IntegrationRun

ModelT = TypeVar("ModelT", bound=BaseModel)

#: Coupa's clock shows whole seconds, and its servers need not agree to the second.
_CLOCK_MARGIN = datetime.timedelta(seconds=5)


def read_as(model: type[ModelT], raw: dict[str, Any], call: str, needs: Iterable[str] = ("id",)) -> ModelT:
    """One answered object.

    :param model: what it should be.
    :param call: verb and path, for the message.
    :param needs: keys that it must have, whatever their value.
    :raises ConfigurationError: a key is missing.
    :raises TransientError: a value cannot be read.
    """
    id_of(raw)
    for name in needs:
        try:
            lookup(raw, name)
        except KeyError:
            raise missing_key(name) from None
    try:
        return model.model_validate(raw)
    except ValidationError as unreadable:
        name = str(unreadable.errors(include_input=False)[0]["loc"][0])
    raise TransientError(f"{call}: Coupa's answer has a value in {name} that cannot be read.")


def read_invoice(
    raw: dict[str, Any], call: str, older_fields: Iterable[str] = (), *, filtered: bool = True
) -> CoupaInvoice:
    """An invoice, with the keys noted that its answer should have and has not.

    A missing key is the fault of an API filter, the same for every invoice; by now this one may be claimed,
    so it is the mapping that refuses it by name.

    :param raw: as Coupa answered it.
    :param call: verb and path, for the message.
    :param older_fields: custom fields that may lie at the top level.
    :param filtered: whether an API filter shaped the answer, and not the hook's own list of fields.
    :raises ConfigurationError: there is no id.
    """
    invoice = read_as(CoupaInvoice, with_older_fields(raw, older_fields), call)
    absent: dict[str, Any] = {"absent": absent_keys(raw, filtered=filtered)}
    # A filter may show one of files and scan, and leave the other out.
    return invoice.model_copy(update=absent | ({"attachments": None} if filtered else {}))


def read_record(raw: dict[str, Any], call: str, needs: Iterable[str] = ("id",)) -> IntegrationRecord:
    """A history record or an integration error; its run may stand as an object or as an id."""
    record = read_as(IntegrationRecord, raw, call, needs)
    run = raw.get("integration-run") or raw.get("integration_run")
    if record.integration_run_id is None and isinstance(run, Mapping) and run.get("id") is not None:
        return record.model_copy(update={"integration_run_id": int(run["id"])})
    return record


def adoptable_run(
    answered: list[dict[str, Any]], now: datetime.datetime, elapsed: float, call: str
) -> IntegrationRun | None:
    """The run that a create whose answer was lost has made: runs have no name of ours to look for.

    It is one that was created since, neither started nor ended. Its status is free text and not asked.

    :param answered: the newest runs of the integration.
    :param now: the present by Coupa's clock.
    :param elapsed: seconds since the create was first sent.
    :raises OutcomeUnknown: several runs could be it.
    """
    since = now - datetime.timedelta(seconds=elapsed) - _CLOCK_MARGIN
    runs = [raw for raw in answered if _is_new(raw, since)]
    if len(runs) > 1:
        raise OutcomeUnknown(
            f"{call}: {len(runs)} runs of the integration were created just now and none was started; which "
            "one is this run's cannot be told."
        )
    return read_as(IntegrationRun, runs[0], call) if runs else None


def _is_new(raw: dict[str, Any], since: datetime.datetime) -> bool:
    run = {name.replace("_", "-"): value for name, value in raw.items()}
    try:
        created = datetime.datetime.fromisoformat(str(run.get("created-at")))
    except ValueError:
        return False
    if created.tzinfo is None:
        created = created.replace(tzinfo=datetime.UTC)
    return created >= since and not run.get("start-time") and not run.get("end-time")


def require_exported(invoice: CoupaInvoice, wanted: bool, call: str) -> CoupaInvoice:
    """The invoice, with the mark as it was asked for; an answer without the mark says nothing against it.

    :raises RefusedByCoupa: Coupa answered well and left the mark as it was.
    """
    if invoice.exported is not None and invoice.exported is not wanted:
        done = "marked the invoice as exported" if wanted else "taken the invoice's export mark away"
        raise RefusedByCoupa(
            call, 200, [f"Coupa answered well but has not {done}: check the rights of the OAuth2 client"]
        )
    return invoice


def require_custom_fields(invoice: CoupaInvoice, values: Mapping[str, Any], call: str) -> CoupaInvoice:
    """The invoice, with the custom fields as they were written.

    :raises RefusedByCoupa: Coupa answered well and shows other values, or none. It names the fields, not
        their values.
    """
    ignored = [name for name, sent in values.items() if not _is_same(sent, invoice.custom_field(name))]
    if ignored:
        advice = (
            f"Coupa answered well but has not taken the value of the custom field {', '.join(ignored)}: "
            "check that the field exists on the invoice header, that the API may edit it on an approved "
            "invoice, that the value fits into it, and that an API filter shows it"
        )
        raise RefusedByCoupa(call, 200, [advice])
    return invoice


def _is_same(sent: Any, shown: Any) -> bool:
    if sent in (None, "", {}, []):
        return shown is None
    if isinstance(sent, Mapping):  # a lookup's object: Coupa shows more of it than was sent
        return isinstance(shown, Mapping) and all(
            _is_same(value, shown.get(name)) for name, value in sent.items()
        )
    if isinstance(shown, Mapping):  # a lookup written by its code
        return any(_is_same(sent, value) for value in shown.values())
    return _plain(sent) == _plain(shown)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value).strip()
