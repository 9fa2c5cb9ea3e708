from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from include.demo.connections import COUPA, ERP, demo_connections, own_connections, write_connections
from include.demo.console import DemoError
from include.demo.envfile import read_env_file
from include.demo.layout import ROOT
from include.demo.ports import Ports

COUPA_JSON = json.dumps(
    {"conn_type": "coupa", "host": "https://acme.coupahost.com", "login": "id", "password": "s3cret"}
)
ERP_JSON = json.dumps({"conn_type": "tryton", "host": "http://erp", "password": "s3cret"})


def test_the_demos_connections_file_serves_make_up_and_a_shell(tmp_path: Path) -> None:
    file = tmp_path / "connections.env"
    made = demo_connections(Ports(sandbox=9090), "coupa's secret?".replace("'", ""), "key", "tryton")
    write_connections(file, made)
    assert file.stat().st_mode & 0o777 == 0o600
    assert own_connections(read_env_file(file)) == made
    in_shell = dict(word.split("=", 1) for word in shlex.split(file.read_text(), comments=True))
    assert in_shell == made
    assert json.loads(made[COUPA])["host"] == "http://127.0.0.1:9090"


def test_connections_may_be_json_or_addresses() -> None:
    assert own_connections({COUPA: COUPA_JSON, ERP: ERP_JSON}) == {COUPA: COUPA_JSON, ERP: ERP_JSON}
    for address in (
        "coupa://id:s3cret@acme.coupahost.com/https?integration_code=X",
        "coupa://https://id:s3cret@acme.coupahost.com/?integration_code=X",
    ):
        assert own_connections({COUPA: address, ERP: ERP_JSON})[COUPA] == address
    erp = "tryton://https://:s3cret@tryton.example.com/books?web_url=https://tryton.example.com"
    assert own_connections({COUPA: COUPA_JSON, ERP: erp})[ERP] == erp


@pytest.mark.parametrize(
    ("coupa", "erp", "said"),
    [
        ("", ERP_JSON, f"{COUPA} is missing"),
        (COUPA_JSON, "  ", f"{ERP} is missing"),
        ('{"conn_type": "coupa", "password": "s3cret",}', ERP_JSON, f"{COUPA} is not valid JSON"),
        ("s3cret", ERP_JSON, f"{COUPA} is neither JSON"),
        ('{"conn_type": "http", "host": "x", "password": "s3cret"}', ERP_JSON, 'must be "coupa"'),
        ('{"conn_type": "coupa", "host": "x", "password": "s3cret"}', ERP_JSON, "client id"),
        ('{"conn_type": "coupa", "login": "a", "password": "s3cret"}', ERP_JSON, f"{COUPA} names no host"),
        (COUPA_JSON, '{"host": "x", "password": "s3cret"}', f"{ERP} names no conn_type"),
        (COUPA_JSON, '{"conn_type": "tryton", "host": "x", "extra": "{s3cret"}', f"{ERP}: its extra"),
        (COUPA_JSON, '["s3cret"]', f"{ERP} is neither JSON"),
    ],
)
def test_a_connection_that_cannot_serve_is_refused_in_one_sentence_without_its_secret(
    coupa: str, erp: str, said: str
) -> None:
    with pytest.raises(DemoError) as refused:
        own_connections({COUPA: coupa, ERP: erp})
    message = str(refused.value)
    assert said in message
    assert "s3cret" not in message
    assert "\n" not in message


def test_a_mapping_that_is_no_file_is_named(tmp_path: Path) -> None:
    given = {COUPA: COUPA_JSON, ERP: ERP_JSON, "COUPA_ERP_MAPPING": str(tmp_path / "none.yaml")}
    with pytest.raises(DemoError, match=r"COUPA_ERP_MAPPING=.*none\.yaml is no file"):
        own_connections(given)


def test_the_connections_of_the_example_of_an_env_file_are_accepted_as_they_stand(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(example.replace("# AIRFLOW_CONN_", "AIRFLOW_CONN_"))
    assert set(own_connections(read_env_file(tmp_path / ".env"))) == {COUPA, ERP}
