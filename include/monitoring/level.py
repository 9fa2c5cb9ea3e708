"""Which port stands before Coupa at which level."""

from __future__ import annotations

from typing import cast

from include.coupa_port import CoupaPort
from include.monitoring.custom_field import FieldMonitoring
from include.monitoring.history import HistoryMonitoring
from include.options import Options


def monitored(coupa: CoupaPort, options: Options) -> CoupaPort:
    """Coupa, monitored as the options say.

    :param coupa: the instance.
    :param options: the package's settings.
    """
    if options.monitoring == "history":
        return cast("CoupaPort", HistoryMonitoring(coupa))
    if options.monitoring == "custom_field":
        return cast("CoupaPort", FieldMonitoring(coupa, options.void_lookback_days))
    return coupa
