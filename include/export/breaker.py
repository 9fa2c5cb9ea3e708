"""The breaker: an ERP that serves nobody claims nothing, and people hear of it once."""

from __future__ import annotations

from include.coupa_port import CoupaPort
from include.erp_port import ErpPort
from include.errors import ConfigurationError, ErpUnavailable, TransientError
from include.export.alerts import OUTAGE, run_error, run_error_prefix


def require_erp(erp: ErpPort) -> None:
    """Make sure that the ERP serves, before anything is listed or claimed.

    :param erp: the ERP.
    :raises ErpUnavailable: it does not.
    :raises ConfigurationError: address, database or credentials are wrong.
    """
    try:
        erp.check_reachable()
    except TransientError as away:
        raise ErpUnavailable(
            f"{erp.erp_name} does not serve now, so nothing is claimed: {away} What waits in Coupa goes on "
            "waiting; the next run takes it.",
            retry_after=away.retry_after,
        ) from away


def is_away(erp: ErpPort) -> str | None:
    """Why the ERP serves nobody now, or ``None`` where it does.

    :param erp: the ERP.
    """
    try:
        erp.check_reachable()
    except (TransientError, ConfigurationError) as away:
        return str(away)
    return None


def tell_outage(coupa: CoupaPort, run_id: int, reason: str) -> None:
    """One error about the run with one alert; while it stands open, later runs send none.

    :param run_id: the run that met the outage.
    :param reason: one sentence.
    """
    text = (
        f"Header: The export could not work: {reason} No invoice is lost: what was not exported waits and is "
        "taken once the cause is mended. This error is resolved by the first run that goes well again."
    )
    draft = run_error(coupa.scope, run_id, OUTAGE, "OUTAGE", text)
    coupa.create_integration_error(draft, alert=True, look_first=True)


def resolve_run_errors(coupa: CoupaPort, *, but: int, outage_lasts: bool) -> None:
    """Resolve what earlier runs said about themselves: the outage is over, each sum was of its own run.

    :param but: the run whose own stay open.
    :param outage_lasts: leave the outage's open.
    """
    prefix = run_error_prefix(coupa.scope)
    for error in coupa.find_open_run_errors(prefix):
        is_outage = error.external_id == prefix + OUTAGE
        if (is_outage and not outage_lasts) or (not is_outage and error.integration_run_id != but):
            coupa.resolve_integration_error(error.id)
