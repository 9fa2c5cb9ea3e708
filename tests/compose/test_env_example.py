from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from include.compose.new_env import filled_in, write_env
from include.demo.console import DemoError
from include.demo.ports import VARIABLES
from include.options import Options
from tests.compose.reading import EXAMPLE, ROOT, required_variables, used_variables, variables

NAMED = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", EXAMPLE, re.M))
SECRETS = set(re.findall(r"^([A-Z][A-Z0-9_]*)=$", EXAMPLE, re.M))


def test_each_variable_of_the_compose_file_is_explained_and_no_other_is() -> None:
    assert used_variables() == NAMED - set(VARIABLES.values())


def test_each_setting_of_the_package_is_explained() -> None:
    assert {f"COUPA_ERP_{name.upper()}" for name in Options.model_fields} <= NAMED


def test_each_required_secret_stands_empty_below_the_command_that_makes_one() -> None:
    assert required_variables() <= SECRETS
    lines = EXAMPLE.splitlines()
    assert all(lines[lines.index(f"{name}=") - 1].startswith("# openssl rand") for name in SECRETS)


def test_make_env_makes_up_every_secret_and_no_two_alike(tmp_path: Path) -> None:
    first, second = variables(tmp_path), variables(tmp_path)
    assert first.keys() == SECRETS
    values = [*first.values(), *second.values()]
    assert len({*values}) == len(values)
    assert all(len(value) >= 32 for value in values)
    Fernet(first["AIRFLOW_FERNET_KEY"])


def test_make_env_changes_nothing_but_the_empty_secrets() -> None:
    assert re.sub(r"^([A-Z_]+=).+$", r"\1", filled_in(EXAMPLE), flags=re.M) == EXAMPLE


def test_secrets_that_are_there_are_never_replaced_and_new_ones_are_private(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    write_env(ROOT / ".env.example", target)
    assert target.stat().st_mode & 0o077 == 0
    kept = target.read_text()
    with pytest.raises(DemoError, match="is there already"):
        write_env(ROOT / ".env.example", target)
    assert target.read_text() == kept
