from __future__ import annotations

import json

import pytest

from include.bench.command import bench
from include.demo.console import Console
from include.demo.layout import Layout


@pytest.mark.slow
def test_a_bench_ends_with_a_table_and_keeps_what_it_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BENCH_INVOICES", "2")
    monkeypatch.setenv("BENCH_CONTENDERS", "floor-steps steps script")

    assert bench(Layout(state=tmp_path), Console()) == 0

    (kept,) = (tmp_path / "bench").glob("bench-*.json")
    measured = json.loads(kept.read_text())
    assert [one["contender"] for one in measured] == ["floor-steps", "steps", "script"]
    floor, steps, script = measured
    assert all(one["done"] == 2 for one in measured)
    assert min(floor["cpu"].values()) > 0
    assert floor["coupa_calls"] == 0
    assert steps["coupa_calls"] >= 2 * 4
    assert script["coupa_calls"] >= 2 * 5
    assert steps["erp_calls"] >= 2 * 3
    assert "over that of" in kept.with_suffix(".md").read_text()
    assert "CPU an invoice" in capsys.readouterr().out
