"""README and docs lead nowhere that does not exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from include.options import Options

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Beside the pages: what people read to set it up.
WRITTEN = [
    *PAGES,
    *(ROOT / name for name in (".env.example", "docker-compose.yaml", "deploy/helm-values.yaml", "Makefile")),
]
FENCED = re.compile(r"^ *```.*?^ *```", re.M | re.S)
VARIABLE = re.compile(
    r"\b(?:AT_LEVEL|EVERY_MOMENT|(?:BENCH|COUPA_ERP|COUPA_SANDBOX|SOAK|TRYTON)(?:_[A-Z0-9]+)+)\b"
)


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def anchors_of(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    found: list[str] = []
    for title in re.findall(r"^#{1,6} (.+)$", FENCED.sub("", text_of(page)), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return set(found)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_link_leads_to_a_file_and_each_anchor_to_a_heading(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", text_of(page))):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_file_of_the_project_that_a_page_names_is_there(page: Path) -> None:
    spoken_of = re.findall(
        r"(?<![\w/.-])(?:dags|deploy|docs|include|plugins|requirements|tests)/[\w./-]*\w", text_of(page)
    )
    assert [path for path in spoken_of if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_each_command_of_make_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.M))
    spoken = re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", text_of(page), re.M)
    assert {first or second for first, second in spoken} - targets == set()


def test_each_command_of_make_has_its_line_in_make_help() -> None:
    makefile = text_of(ROOT / "Makefile")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.M)
    assert set(phony.split()) == set(re.findall(r"^([a-z-]+):.*## .", makefile, re.M))


def read_variables() -> tuple[set[str], tuple[str, ...]]:
    """The names that stand in the code, and the beginnings of those that it puts together."""
    read = {f"COUPA_ERP_{name.upper()}" for name in Options.model_fields}
    read |= set(VARIABLE.findall(text_of(ROOT / "docker-compose.yaml")))
    begun: set[str] = set()
    for folder in ("include", "plugins", "tests"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".py", ".sh") and file != Path(__file__):
                source = text_of(file)
                read |= set(VARIABLE.findall(source))
                begun |= set(re.findall(r"\b(COUPA_ERP_[A-Z_]+_)\{", source))
    return read, tuple(begun)


def test_each_variable_that_is_named_is_one_that_something_reads() -> None:
    read, begun = read_variables()
    assert {
        name: named(page)
        for page in WRITTEN
        for name in VARIABLE.findall(text_of(page))
        if name not in read and not name.startswith(begun)
    } == {}
