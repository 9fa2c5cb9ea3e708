"""Which Coupa may export into which ERP: production into production, a sandbox into a sandbox.

The flags ``sandbox`` of the two connections decide. The host of Coupa is held against its flag, because a
copied connection keeps its flag and changes its host.

=============================================== =======================================================
Host of Coupa                                   What it is taken for
=============================================== =======================================================
``*.coupadev.com``, ``*.coupacloud.com``        for development, demonstrations and partners
``acme-test.coupahost.com``, ``uat-acme.…``     a test instance, unless ``sandbox`` says ``false`` outright
``acmetest.coupahost.com``                      either: the flag decides
``acme.coupahost.com``                          production
this machine                                    never production, whatever its flag
any other                                       either: the flag decides
=============================================== =======================================================
"""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

from include.errors import ConfigurationError
from include.scope import CoupaScope

_NOT_FOR_PRODUCTION = (".coupadev.com", ".coupacloud.com")
_CUSTOMERS = ".coupahost.com"
_MARKS = (
    *("test", "testing", "tst", "sandbox", "sbx", "uat", "stg", "stage", "staging", "dev", "development"),
    *("qa", "demo", "training", "preprod", "nonprod", "implementation"),
)
#: At the end of a name without a hyphen: ``acmetest``. Shorter marks end too many words.
_ENDINGS = ("test", "sandbox", "uat", "stg", "stage", "staging", "dev", "demo", "qa")

Kind = Literal["production", "sandbox", "either", "here"]


def kind_of_host(url: str) -> Kind:
    """What the address of a Coupa says about it.

    :param url: scheme, host and port.
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if _is_this_machine(host):
        return "here"
    if host.endswith(_NOT_FOR_PRODUCTION):
        return "sandbox"
    if not host.endswith(_CUSTOMERS):
        return "either"
    name = host.removesuffix(_CUSTOMERS)
    if any(word in _MARKS for word in re.findall(r"[a-z]+", name)):
        return "sandbox"
    return "either" if name.rstrip("0123456789").endswith(_ENDINGS) else "production"


def refuse_wrong_flag(coupa: CoupaScope, coupa_url: str) -> None:
    """Refuse a connection whose flag and host contradict each other.

    :param coupa: its business settings.
    :param coupa_url: scheme, host and port.
    :raises ConfigurationError: in one sentence.
    """
    host, kind = urlsplit(coupa_url).hostname, kind_of_host(coupa_url)
    if coupa.sandbox and kind == "production":
        raise ConfigurationError(
            f"The Coupa connection is marked as a sandbox, but {host} is called like a production instance: "
            "take sandbox out of its extra and set go_live_from, or mend its host."
        )
    if kind == "sandbox" and "sandbox" not in coupa.model_fields_set:
        raise ConfigurationError(
            f"The Coupa connection is not marked as a sandbox, but {host} is called like a test instance: "
            "set sandbox to true in its extra (or to false, where its invoices do belong into the books)."
        )


def refuse_mixed_pairing(coupa: CoupaScope, coupa_url: str, *, erp_is_sandbox: bool) -> None:
    """Refuse to export from production into a sandbox, or from a sandbox into production.

    :param coupa: the business settings of Coupa's connection.
    :param coupa_url: scheme, host and port.
    :param erp_is_sandbox: whether the ERP's connection is marked as a sandbox.
    :raises ConfigurationError: in one sentence, before anything is created in Coupa.
    """
    refuse_wrong_flag(coupa, coupa_url)
    if coupa.sandbox and not erp_is_sandbox:
        raise ConfigurationError(
            "The Coupa connection is marked as a sandbox and the ERP connection is not, so test invoices "
            "would go into the books: set sandbox to true in the ERP connection's extra, or take another "
            "connection."
        )
    if erp_is_sandbox and not coupa.sandbox and kind_of_host(coupa_url) != "here":
        raise ConfigurationError(
            "The ERP connection is marked as a sandbox and the Coupa connection is not, so real invoices "
            "would be marked as exported and never reach the books: mend the flag sandbox of one of them, or "
            "take another connection."
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
