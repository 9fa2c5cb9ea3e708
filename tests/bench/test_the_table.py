from __future__ import annotations

import pytest

from include.bench.contenders import CONTENDERS, chosen, estimated_seconds
from include.bench.invoices import clean_invoices
from include.bench.measured import Measured, table
from include.demo.console import DemoError


def measured(contender: str, invoices: int, cpu: float, **more: object) -> Measured:
    values = {"done": invoices, "wall": 10.0, "cpu": {"worker": cpu * invoices}, **more}
    return Measured.model_validate({"contender": contender, "invoices": invoices, **values})


def test_the_ratio_to_the_floor_is_of_the_same_size():
    told = table(
        [
            measured("floor-steps", 50, 1.0),
            measured("steps", 50, 1.1),
            measured("floor-steps", 200, 2.0),
            measured("steps", 200, 3.0),
        ]
    )

    assert "| 50 | **this DAG, grain `steps`** | empty bodies, four tasks an invoice | **1.10** |" in told
    assert "| 200 | **this DAG, grain `steps`** | empty bodies, four tasks an invoice | **1.50** |" in told


def test_growth_is_told_from_the_smallest_backlog_to_the_largest():
    told = table([measured("steps", 50, 1.0), measured("steps", 200, 1.05), measured("steps", 1000, 1.2)])

    assert "| **this DAG, grain `steps`** | 50 → 1,000 | **1.20** |" in told


def test_what_was_measured_twice_is_told_by_its_middle():
    told = table([measured("steps", 50, cpu) for cpu in (1.0, 9.0, 1.2)])

    assert "**1.200**" in told


def test_a_contender_that_was_given_up_says_how_far_it_came():
    told = table([measured("http", 1000, 2.0, done=180)])

    assert "180 of 1,000, then given up" in told


def test_settings_that_were_tried_stand_beside_those_of_make_up():
    told = table([measured("steps", 50, 1.0), measured("steps", 50, 0.9, setting="gunicorn")])

    assert "| as `make up` | 50 |" in told
    assert "| gunicorn | 50 |" in told


def test_an_unknown_contender_is_refused_with_the_known_ones():
    with pytest.raises(DemoError, match="stepz; there are floor-steps"):
        chosen("steps stepz")


def test_the_floor_is_measured_before_what_stands_on_it():
    names = [contender.name for contender in chosen("")]

    for contender in CONTENDERS:
        if contender.floor:
            assert names.index(contender.floor) < names.index(contender.name)


def test_the_time_is_said_beforehand():
    assert estimated_seconds(chosen("steps"), [50]) < estimated_seconds(chosen("steps"), [50, 200])


def test_every_invoice_of_a_bench_is_another_one():
    made = clean_invoices(130)

    assert len({invoice["id"] for invoice in made}) == 130
    numbers = {(invoice["supplier"]["number"], invoice["invoice-number"]) for invoice in made}
    assert len(numbers) == 130
