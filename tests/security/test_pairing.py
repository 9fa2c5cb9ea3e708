from __future__ import annotations

import pytest

from include.errors import ConfigurationError
from include.pairing import kind_of_host, refuse_mixed_pairing
from include.scope import CoupaScope

PRODUCTION, TEST, HERE = (
    "https://acme.coupahost.com",
    "https://acme-test.coupahost.com",
    "http://127.0.0.1:8090",
)


def scope(**flag: bool) -> CoupaScope:
    return CoupaScope(integration_code="A", instance_key="a", go_live_from="2026-12-01", **flag)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://acme.coupahost.com", "production"),
        ("https://ACME.CoupaHost.com.:443", "production"),
        ("https://contest-winners.coupahost.com", "production"),
        ("https://acme-test.coupahost.com", "sandbox"),
        ("https://acme-uat2.coupahost.com", "sandbox"),
        ("https://stg.acme.coupahost.com", "sandbox"),
        ("https://acmetest.coupahost.com", "either"),
        ("https://latest.coupahost.com", "either"),
        ("https://acme-demo.coupacloud.com", "sandbox"),
        ("https://acme.coupacloud.com", "sandbox"),
        ("https://x.coupadev.com", "sandbox"),
        ("https://coupa.acme.example", "either"),
        ("https://acme.coupahost.com.example", "either"),
        ("http://127.0.0.1:8090", "here"),
        ("http://[::1]:8090", "here"),
        ("http://localhost", "here"),
    ],
)
def test_a_host_is_taken_for_what_its_name_says(url: str, kind: str) -> None:
    assert kind_of_host(url) == kind


@pytest.mark.parametrize(
    ("coupa", "url", "erp_is_sandbox"),
    [
        (scope(), PRODUCTION, False),
        (scope(sandbox=False), PRODUCTION, False),
        (scope(sandbox=True), TEST, True),
        (scope(sandbox=False), TEST, False),  # said outright
        (scope(sandbox=True), "https://acmetest.coupahost.com", True),
        (scope(), "https://acmetest.coupahost.com", False),
        (scope(sandbox=True), HERE, True),
        (scope(), HERE, True),  # whatever runs on this machine is no production Coupa
        (scope(), HERE, False),
    ],
)
def test_what_belongs_together_may_work_together(coupa: CoupaScope, url: str, erp_is_sandbox: bool) -> None:
    refuse_mixed_pairing(coupa, url, erp_is_sandbox=erp_is_sandbox)


@pytest.mark.parametrize(
    ("coupa", "url", "erp_is_sandbox", "said"),
    [
        (scope(), PRODUCTION, True, "real invoices would be marked as exported"),
        (scope(sandbox=False), "https://coupa.acme.example", True, "real invoices"),
        (scope(sandbox=True), TEST, False, "test invoices would go into the books"),
        (scope(sandbox=True), HERE, False, "test invoices would go into the books"),
        (scope(sandbox=True), PRODUCTION, True, "called like a production instance"),
        (scope(sandbox=True), PRODUCTION, False, "called like a production instance"),
        (scope(), TEST, False, "called like a test instance"),
        (scope(), TEST, True, "called like a test instance"),
    ],
)
def test_production_and_sandbox_are_never_paired(
    coupa: CoupaScope, url: str, erp_is_sandbox: bool, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        refuse_mixed_pairing(coupa, url, erp_is_sandbox=erp_is_sandbox)
