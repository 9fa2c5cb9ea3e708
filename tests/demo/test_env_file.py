from __future__ import annotations

from pathlib import Path

import pytest

from include.demo.console import DemoError
from include.demo.envfile import read_env_file


def read(tmp_path: Path, text: str) -> dict[str, str]:
    file = tmp_path / ".env"
    file.write_text(text)
    return read_env_file(file)


def test_no_file_is_no_variables(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("export NAME = spaced ", "spaced"),
        ("NAME=", ""),
        ("NAME=a b # comment", "a b"),
        ("NAME=pass#word$x", "pass#word$x"),
        ('NAME=\'{"a": "b # c"}\' # comment', '{"a": "b # c"}'),
        ('NAME="{\\"a\\": 1}"', '{"a": 1}'),
        ('NAME={"a": "b"}', '{"a": "b"}'),
    ],
)
def test_a_value_is_read_as_shells_and_compose_write_it(tmp_path: Path, line: str, value: str) -> None:
    assert read(tmp_path, f"# first\n\n{line}\n") == {"NAME": value}


@pytest.mark.parametrize("line", ["no assignment", "NAME='open", "1NAME=x", "NAME='a' b"])
def test_a_line_that_cannot_be_read_is_named_without_its_value(tmp_path: Path, line: str) -> None:
    with pytest.raises(DemoError, match=r"\.env, line 2") as refused:
        read(tmp_path, f"GOOD=1\n{line}\n")
    assert "open" not in str(refused.value)
