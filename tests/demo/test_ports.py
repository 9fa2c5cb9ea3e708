from __future__ import annotations

import socket
from pathlib import Path

import pytest

from include.demo.console import DemoError
from include.demo.ports import Ports, choose_ports, remember_ports, require_free


def test_without_a_word_the_defaults_are_taken(tmp_path: Path) -> None:
    assert choose_ports(tmp_path / "ports.json", {}, {}) == Ports(8080, 8069, 8090)


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    environment, file = {"COUPA_ERP_AIRFLOW_PORT": "8081"}, {"COUPA_ERP_AIRFLOW_PORT": "8082"}
    assert choose_ports(tmp_path / "ports.json", environment, file).airflow == 8081


def test_a_later_command_finds_the_ports_of_the_first_without_being_told(tmp_path: Path) -> None:
    remembered = tmp_path / "ports.json"
    remember_ports(choose_ports(remembered, {"COUPA_ERP_TRYTON_PORT": "9069"}), remembered)
    assert choose_ports(remembered, {}) == Ports(tryton=9069)


def test_a_port_that_was_refused_is_not_remembered(tmp_path: Path) -> None:
    remembered = tmp_path / "ports.json"
    choose_ports(remembered, {"COUPA_ERP_TRYTON_PORT": "9069"})
    assert choose_ports(remembered, {}) == Ports()


@pytest.mark.parametrize("value", ["eighty", "0", "70000", "-1", "80.80"])
def test_what_is_no_port_is_named(tmp_path: Path, value: str) -> None:
    with pytest.raises(DemoError, match=f"COUPA_ERP_SANDBOX_PORT={value} is no port"):
        choose_ports(tmp_path / "ports.json", {"COUPA_ERP_SANDBOX_PORT": value})


def test_two_services_on_one_port_are_named(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="COUPA_ERP_AIRFLOW_PORT and COUPA_ERP_TRYTON_PORT are both 8069"):
        choose_ports(tmp_path / "ports.json", {"COUPA_ERP_AIRFLOW_PORT": "8069"})


def test_a_port_in_use_is_named_with_the_variable_that_changes_it() -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        with pytest.raises(DemoError, match=rf"Port {port}.*in use.*COUPA_ERP_AIRFLOW_PORT="):
            require_free("airflow", port)
    require_free("airflow", port)
