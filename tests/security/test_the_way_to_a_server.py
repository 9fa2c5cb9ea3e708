"""TLS, redirects, proxies: what goes to whom, seen by real servers."""

from __future__ import annotations

import base64
import logging

import pytest

from include.errors import ConfigurationError, ExportError
from tests.security.conftest import KEY, SECRET, TOKEN, tokens
from tests.security.servers import by_path, saying, serving, tunnelling

WELL = by_path(
    {
        "/": saying({"id": 7, "d": {}, "items": []}),
        **tokens(saying({"access_token": TOKEN, "expires_in": 86399})),
    }
)
#: What each request carries; the others their key.
CARRIED = {
    "coupa": TOKEN,
    "netsuite_at": TOKEN,
    "s4hana_at": base64.b64encode(f"a-user:{KEY}".encode()).decode(),
}
EACH = pytest.mark.parametrize(
    "which", ["coupa", "tryton_at", "odoo_at", "rest_at", "s4hana_at", "netsuite_at"]
)


@pytest.fixture
def connect(which, request):
    return request.getfixturevalue(which)


@EACH
def test_a_certificate_of_an_unknown_authority_is_refused_before_anything_secret_is_sent(connect, authority):
    with serving(WELL, authority.tls) as server:
        with pytest.raises(ConfigurationError, match="ca_file"):
            connect(server.url)()
        assert server.asked == []


@EACH
def test_the_authority_of_the_connection_is_trusted(connect, authority, caplog):
    with serving(WELL, authority.tls) as server, caplog.at_level(logging.WARNING):
        connect(server.url, ca_file=str(authority.file))()
        assert server.asked
    assert caplog.records == []


@EACH
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_authorities_of_the_environment_are_trusted(connect, authority, monkeypatch, variable):
    monkeypatch.setenv(variable, str(authority.file))
    with serving(WELL, authority.tls) as server:
        connect(server.url)()
        assert server.asked


@EACH
def test_verification_is_off_only_where_the_connection_says_so_and_each_log_tells(
    connect, authority, monkeypatch, caplog
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")
    with serving(WELL, authority.tls) as server:
        for _ in range(2):
            caplog.clear()
            with caplog.at_level(logging.WARNING):
                connect(server.url, verify_tls=False)()
            assert [record.message for record in caplog.records if "not verified" in record.message]
        assert server.asked


@EACH
def test_a_certificate_for_another_name_is_refused(connect, authority):
    with serving(WELL, authority.tls) as server:
        with pytest.raises(ConfigurationError):
            connect(server.url.replace("127.0.0.1", "localhost"), ca_file=str(authority.file))()
        assert server.asked == []


@EACH
def test_an_unusable_file_of_authorities_is_named(connect, tmp_path, monkeypatch):
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(ConfigurationError, match="ca_file in extra"):
            connect("https://127.0.0.1:1", ca_file=str(path))()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigurationError, match="REQUESTS_CA_BUNDLE names a file"):
        connect("https://127.0.0.1:1")()


@EACH
@pytest.mark.parametrize(
    "host", ["http://erp.example.com", "http://10.0.0.7:8000", "http://127.0.0.1.example.com"]
)
def test_secrets_go_in_the_clear_to_this_machine_alone(connect, host):
    with pytest.raises(ConfigurationError, match="in the clear: write https, or set allow_http"):
        connect(host)()


@EACH
def test_plain_http_that_is_allowed_is_told_in_each_log(connect, caplog):
    with caplog.at_level(logging.WARNING), pytest.raises(ExportError):
        connect("http://nowhere.invalid", allow_http=True)()
    assert [record.message for record in caplog.records if "in the clear" in record.message]


@EACH
@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_takes_neither_token_nor_key_to_another_host(connect, which, status):
    with serving(saying({"id": 7})) as other:
        away = saying({}, status, f"Location: {other.url}/api/there")
        token = saying({"access_token": TOKEN, "expires_in": 86399})
        with serving(by_path({"/": away, **tokens(token)})) as server:
            with pytest.raises(ConfigurationError, match="redirect"):
                connect(server.url)()
            assert CARRIED.get(which, KEY) in server.asked[-1].head
        assert other.asked == []


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_of_the_token_request_takes_the_client_secret_nowhere(coupa, status):
    with serving(saying({"access_token": TOKEN})) as other:
        with serving(saying({}, status, f"Location: {other.url}/oauth2/token")) as server:
            with pytest.raises(ConfigurationError, match="redirect"):
                coupa(server.url)()
            assert "client_secret" in server.asked[-1].body
        assert other.asked == []


@EACH
def test_a_proxy_carries_tls_and_reads_nothing_of_it(connect, authority, monkeypatch):
    seen: list[str] = []
    with serving(tunnelling(seen)) as proxy, serving(WELL, authority.tls) as server:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        connect(server.url, ca_file=str(authority.file))()
        assert server.asked
    assert seen[0].startswith("CONNECT ")
    read = "".join(seen)
    assert not [secret for secret in (SECRET, TOKEN, KEY, "Bearer", "client_secret") if secret in read]


@EACH
def test_plain_http_never_goes_through_a_proxy(connect, monkeypatch):
    seen: list[str] = []
    with serving(tunnelling(seen)) as proxy, serving(WELL) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        connect(server.url)()
        assert server.asked
        with pytest.raises(ExportError):
            connect("http://nowhere.invalid", allow_http=True)()
    assert seen == []


def test_a_netrc_never_replaces_token_or_key(request, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(WELL) as server:
        for which in ("coupa", "tryton_at", "rest_at", "s4hana_at", "netsuite_at"):
            request.getfixturevalue(which)(server.url)()
        heads = [asked.head for asked in server.asked]
    assert [CARRIED["s4hana_at"] in head for head in heads if "Basic " in head] == [True]
    assert sum(f"Bearer {TOKEN}" in head for head in heads) == 2
    assert sum(f"Bearer {KEY}" in head for head in heads) == 2
