from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from include.sandbox.running import RunningSandbox
from tests.sandbox.caller import Caller


@pytest.mark.parametrize("accept", ["*/*", "", "application/xml", "text/html"])
def test_whoever_does_not_ask_for_json_is_answered_xml(coupa: Caller, accept: str) -> None:
    response = coupa.send("GET", "/api/invoices", headers={"Accept": accept}, params={"order_by": "id"})
    assert response.headers["Content-Type"].startswith("application/xml")
    root = ET.fromstring(response.content)  # noqa: S314 - our own server's
    assert (root.tag, root.get("type")) == ("invoice-headers", "array")
    first = root[0]
    assert first.tag == "invoice-header"
    assert first.findtext("invoice-number") == "INV-101"
    assert first.find("id").get("type") == "integer"  # type: ignore[union-attr]
    assert first.find("exported").text == "false"  # type: ignore[union-attr]
    assert first.find("delivery-date").get("nil") == "true"  # type: ignore[union-attr]
    assert first.find("handling-amount").get("type") == "decimal"  # type: ignore[union-attr]
    assert first.findtext("invoice-lines/invoice-line/account/segment-2") == "6400"
    assert (
        first.findtext("invoice-lines/invoice-line[2]/account-allocations/account-allocation/pct") == "60.0"
    )


def test_texts_that_xml_forbids_or_escapes_come_through(sandbox: RunningSandbox, coupa: Caller) -> None:
    sandbox.control.edit_in_ui(101, {"comments": 'a < b & "c" \x08 ünï'})
    response = coupa.send("GET", "/api/invoices/101", headers={"Accept": "*/*"})
    assert ET.fromstring(response.content).findtext("comments") == 'a < b & "c"  ünï'  # noqa: S314


def test_an_error_is_xml_too(coupa: Caller) -> None:
    response = coupa.send("GET", "/api/invoices", headers={"Accept": "*/*"}, params={"colour": "red"})
    assert response.status_code == 400
    root = ET.fromstring(response.content)  # noqa: S314
    assert root.tag == "errors"
    assert "colour" in str(root.findtext("error"))


@pytest.mark.parametrize("kind", ["application/xml", "text/plain", None])
def test_a_body_that_is_not_called_json_is_refused_clearly(coupa: Caller, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = coupa.send("PUT", "/api/invoices/101", data=b'{"comments":"x"}', headers=headers)
    assert response.status_code == 415
    assert "application/json only" in response.text


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"'])
def test_a_body_that_is_no_json_object_is_refused(coupa: Caller, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert coupa.send("PUT", "/api/invoices/101", data=body, headers=headers).status_code == 400


def test_a_body_with_a_charset_is_read(coupa: Caller) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    response = coupa.send("PUT", "/api/invoices/101", data='{"comments":"ü"}'.encode(), headers=headers)
    assert response.json()["comments"] == "ü"
