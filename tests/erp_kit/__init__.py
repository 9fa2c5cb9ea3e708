"""The tests that every ERP hook passes, written against the port and a :class:`~tests.erp_kit.world.World`.

A hook's own test package gives the world in its conftest and takes the tests over in one line::

    # tests/acme/conftest.py
    @pytest.fixture(scope="module")
    def world():
        with AcmeWorld() as world:
            yield world

    # tests/acme/test_kit.py
    from tests.erp_kit.all_tests import *

A hook that attaches files takes ``tests.erp_kit.tests_of_attaching`` over as well, any other one
``tests.erp_kit.tests_of_not_attaching``.

What an ERP does in its own way is declared in :class:`~tests.erp_kit.world.Traits`, and the kit tests what
was declared. At a stand-in no test is skipped; at a real system (:mod:`tests.erp_kit.real`) those are that
need what its world says it cannot do (:mod:`tests.erp_kit.needs`). ``docs/extending.md`` tells the whole.
"""

from __future__ import annotations

import pytest

# Not called test_…: they run where they are imported, against the world that is there.
for _name in (
    "standing",
    "tests_of_attaching",
    "tests_of_not_attaching",
    "tests_of_orders",
    *(
        f"{topic}_tests"
        for topic in (
            "entering",
            "number",
            "date",
            "refusal",
            "amending",
            "void",
            "crash",
            "race",
            "failure",
            "listing",
            "connection",
        )
    ),
):
    pytest.register_assert_rewrite(f"{__name__}.{_name}")
