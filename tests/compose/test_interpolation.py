from __future__ import annotations

import pytest

from include.compose.interpolation import interpolated, names_in, required_in
from include.demo.console import DemoError

GIVEN = {"FULL": "x", "EMPTY": ""}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${FULL}", "x"),
        ("$FULL", "x"),
        ("a${FULL:-other}b", "axb"),
        ("${EMPTY:-other}", "other"),
        ("${EMPTY-other}", ""),
        ("${NONE-other}", "other"),
        ("${NONE:-}", ""),
        ("${NONE}", ""),
        ("${FULL:?why}", "x"),
        ("${EMPTY?why}", ""),
        ("$$FULL $${FULL:?why}", "$FULL ${FULL:?why}"),
        ("${NONE:-http://localhost:8080}", "http://localhost:8080"),
    ],
)
def test_variables_are_put_in_as_compose_does(written: str, value: str) -> None:
    assert interpolated({"key": [written]}, GIVEN) == {"key": [value]}


@pytest.mark.parametrize("written", ["${EMPTY:?ask Ann}", "${NONE?ask Ann}"])
def test_a_variable_that_must_be_given_is_named(written: str) -> None:
    with pytest.raises(DemoError, match=r"^(EMPTY|NONE) is missing from \.env: ask Ann\.$"):
        interpolated([written], GIVEN)


def test_a_variable_of_the_containers_shell_is_none_of_ours() -> None:
    node = {"a": ["$${SHELL_S:?why}", "${OURS:?why}"], "b": "${ALSO:-x}"}
    assert names_in(node) == {"OURS", "ALSO"}
    assert required_in(node) == {"OURS"}
