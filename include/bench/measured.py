"""What one measurement found, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from pydantic import BaseModel, Field

from include.bench.contenders import CONTENDERS, Contender
from include.bench.meter import PROCESSES

_MB = 1024 * 1024


class Measured(BaseModel):
    """One contender with one number of invoices.

    :param setting: the name of the settings that were tried; empty for those of ``make up``.
    :param contender: its name.
    :param invoices: how many there were.
    :param done: how many came to their end; fewer where patience ended before.
    :param wall: seconds from the trigger to the end of the last run.
    :param runs: how many runs it took.
    :param cpu: seconds, by process; the plain script is a worker.
    :param peak: bytes, by process.
    :param coupa_calls: to Coupa, tokens left out; ``tokens`` counts those.
    :param api_calls: of tasks to Airflow's own API.
    :param xcoms: values kept between tasks; ``xcom_bytes`` their size.
    """

    setting: str = ""
    contender: str
    invoices: int
    done: int
    wall: float
    runs: int = 0
    cpu: dict[str, float]
    peak: dict[str, int] = Field(default_factory=dict)
    coupa_calls: int = 0
    tokens: int = 0
    erp_calls: int = 0
    api_calls: int = 0
    xcoms: int = 0
    xcom_bytes: int = 0

    @property
    def cpu_each(self) -> float:
        """CPU-seconds an invoice, of all processes."""
        return sum(self.cpu.values()) / max(self.done, 1)


def table(found: Sequence[Measured]) -> str:
    """The Markdown of a bench.

    :param found: all measurements, whatever their order; those that were repeated become their median.
    """
    return "\n\n".join(filter(None, (_costs(found), _ratios(found), _growth(found))))


def _costs(found: Sequence[Measured]) -> str:
    many = any(one.setting for one in found)
    head = [
        *(["settings"] if many else []),
        "invoices",
        "",
        "wall s",
        "invoices/s",
        "CPU-s an invoice",
        *PROCESSES,
        "Airflow API calls",
        "Coupa calls",
        "ERP calls",
        "XCom bytes",
        "peak MB",
    ]
    rows = []
    for setting, size, contender in _places(found):
        of_place = _of(found, setting, size, contender.name)
        cells = [
            *([setting or "as `make up`"] if many else []),
            _size(of_place),
            contender.title,
            f"{_middle(one.wall for one in of_place):.1f}",
            f"{_middle(one.done / one.wall for one in of_place):.2f}",
            f"**{_middle(one.cpu_each for one in of_place):.3f}**",
            *(_cpu(of_place, process, contender) for process in PROCESSES),
            *(
                _each(of_place, name, contender)
                for name in ("api_calls", "coupa_calls", "erp_calls", "xcom_bytes")
            ),
            _peak(of_place),
        ]
        rows.append(cells)
    return _markdown(head, rows)


def _ratios(found: Sequence[Measured]) -> str:
    rows = []
    for setting, size, contender in _places(found):
        floor = _of(found, setting, size, contender.floor or "")
        if not floor:
            continue
        own = _of(found, setting, size, contender.name)
        ratio = _middle(one.cpu_each for one in own) / _middle(one.cpu_each for one in floor)
        against = next(other.title for other in CONTENDERS if other.name == contender.floor)
        rows.append([f"{size:,}", contender.title, against, f"**{ratio:.2f}**", setting])
    if not rows:
        return ""
    rows = rows if any(row[-1] for row in rows) else [row[:-1] for row in rows]
    return _markdown(
        ["invoices", "CPU an invoice of", "over that of", "is", "settings"][: len(rows[0])], rows
    )


def _growth(found: Sequence[Measured]) -> str:
    """How the cost of an invoice grows with the backlog."""
    rows = []
    for setting in _in_order(one.setting for one in found):
        for contender in CONTENDERS:
            own = [one for one in found if (one.setting, one.contender) == (setting, contender.name)]
            sizes = sorted({one.invoices for one in own})
            if len(sizes) < 2:
                continue
            each = [
                _middle(one.cpu_each for one in own if one.invoices == size) for size in (sizes[0], sizes[-1])
            ]
            rows.append(
                [contender.title, f"{sizes[0]:,} → {sizes[-1]:,}", f"**{each[1] / each[0]:.2f}**", setting]
            )
    if not rows:
        return ""
    rows = rows if any(row[-1] for row in rows) else [row[:-1] for row in rows]
    return _markdown(["CPU an invoice of", "backlog", "grows by", "settings"][: len(rows[0])], rows)


def _places(found: Sequence[Measured]) -> list[tuple[str, int, Contender]]:
    settings = _in_order(one.setting for one in found)
    sizes = sorted({one.invoices for one in found})
    return [
        (setting, size, contender)
        for size in sizes
        for contender in CONTENDERS
        for setting in settings
        if _of(found, setting, size, contender.name)
    ]


def _of(found: Sequence[Measured], setting: str, size: int, name: str) -> list[Measured]:
    return [one for one in found if (one.setting, one.invoices, one.contender) == (setting, size, name)]


def _size(found: Sequence[Measured]) -> str:
    done = min(one.done for one in found)
    whole = found[0].invoices
    return f"{whole:,}" if done >= whole else f"{done:,} of {whole:,}, then given up"


def _cpu(found: Sequence[Measured], process: str, contender: Contender) -> str:
    if contender.dag_id is None and process != "worker":
        return ""
    return f"{_middle(one.cpu.get(process, 0.0) / max(one.done, 1) for one in found):.3f}"


def _each(found: Sequence[Measured], name: str, contender: Contender) -> str:
    """A count an invoice; empty where there can be none."""
    of_coupa = name in ("coupa_calls", "erp_calls")
    if (of_coupa and not contender.calls) or (not of_coupa and contender.dag_id is None):
        return ""
    value = _middle(getattr(one, name) / max(one.done, 1) for one in found)
    return f"{value:,.0f}" if name == "xcom_bytes" else f"{value:.2f}"


def _peak(found: Sequence[Measured]) -> str:
    peaks = {name: max(one.peak.get(name, 0) for one in found) for name in PROCESSES}
    return ", ".join(f"{name} {size // _MB}" for name, size in peaks.items() if size)


def _middle(values: Iterable[float]) -> float:
    return median(values)


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
