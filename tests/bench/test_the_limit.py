from __future__ import annotations

from include.bench.limit import Answered, Crowd


def test_what_a_crowd_came_to_is_told_second_by_second():
    found = Answered(Crowd(2, 4, 12.5), 3.0, [20, 25, 25], too_many=1, exported=150, failed=0)

    assert found.row.startswith("| 2 machines, 4 processes each, 12.5 requests/s each | 23.3 | 25 | 1 |")
    assert found.row.endswith("| 20 25 25 |")
