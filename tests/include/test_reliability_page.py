"""The page for operators says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.failure_policy import TREATMENTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def failure_table() -> list[str]:
    rows = [
        "| what happened | seen as | the hook | Airflow | Coupa | who is told | what to do |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in TREATMENTS:
        seen = ", ".join(f"`{exception.__name__}`" for exception in row.exceptions)
        cells = (row.what, seen, row.hook, row.airflow, row.coupa, row.told, row.remedy)
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def test_the_page_shows_the_failure_policy_as_it_is():
    shown = PAGE.partition("<!-- failure policy: begin -->")[2].partition("<!-- failure policy: end -->")[0]
    assert shown.strip().splitlines() == failure_table()


def _named_tests() -> set[str]:
    return set(re.findall(r"`(test_\w+)`", PAGE))


@pytest.fixture(scope="module")
def written_tests() -> set[str]:
    return {
        name
        for file in (ROOT / "tests").rglob("*test*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.M)
    }


def test_every_promise_names_a_test_that_exists(written_tests):
    assert _named_tests()
    assert _named_tests() - written_tests == set()
