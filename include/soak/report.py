"""The table at the end of a soak."""

from __future__ import annotations

from collections.abc import Callable

from include.demo.comparison import Comparison
from include.demo.report import book_lines
from include.soak.soak import Report

_WIDTH = 100
_MOST_FINDINGS = 60


def passed(report: Report) -> bool:
    """Whether nothing is to be objected to."""
    return report.settled and not report.verdict.findings


def print_soak(report: Report, say: Callable[[str], None]) -> bool:
    """Print what happened, what is left of it, and the verdict.

    :return: whether the soak was passed.
    """
    verdict = report.verdict
    say("")
    for server, faults in report.faults.items():
        kinds = ", ".join(f"{count} {kind}" for kind, count in faults.most_common())
        share = 100 * faults.total() / max(1, report.calls[server])
        say(f"  {report.calls[server]} calls to {server} in the storm, {share:.0f} % befallen: {kinds}.")
    say(f"  Killed: {report.task_kills} tasks, {report.scheduler_kills} schedulers.")
    say(f"  People: {', '.join(f'{count} {act}' for act, count in report.acts.most_common()) or 'nothing'}.")
    say(
        f"  DAG runs: {', '.join(f'{count} {state}' for state, count in report.runs.most_common())}; "
        f"{report.calm_runs} of them after the faults."
    )
    if report.asked:
        say(f"  An operator ran {len(report.asked)} invoices again that stood under a technical error.")
    say("")
    for line in book_lines(Comparison(rows=verdict.rows, documents=verdict.documents), _WIDTH):
        say(line)
    say("")
    for name, value, good in table(report):
        say(f"  {name:<44} {value:>8}{'' if good else '   <-- '}")
    say("")
    for finding in verdict.findings[:_MOST_FINDINGS]:
        say(f"  {finding}")
    if len(verdict.findings) > _MOST_FINDINGS:
        say(f"  … and {len(verdict.findings) - _MOST_FINDINGS} more.")
    good = passed(report)
    say("PASSED: nothing lost, nothing twice, both books equal." if good else "NOT PASSED: see above.")
    return good


def table(report: Report) -> list[tuple[str, str, bool]]:
    """Each line of the verdict: what, how many, and whether that is right."""
    verdict = report.verdict
    lines = [
        ("invoices in", str(len(verdict.ends)), True),
        ("  posted once", str(verdict.ended("posted")), True),
        ("  voided", str(verdict.ended("voided")), True),
        ("  rejected", str(verdict.ended("rejected")), True),
        ("  entered by hand in the ERP meanwhile", str(verdict.ended("entered by hand")), True),
        ("  not to be taken", str(verdict.ended("not taken")), True),
    ]
    for name, kinds in (
        ("lost", ("lost",)),
        ("twice", ("twice",)),
        ("stale", ("stale",)),
        ("still waiting", ("waiting",)),
        ("drafts left in the ERP", ("draft",)),
        ("number differs", ("number",)),
        ("refused without a reason", ("wrongly refused",)),
        ("posted that should be refused", ("wrongly posted",)),
        ("technical errors left", ("unfinished",)),
        ("open errors that nobody was told of", ("untold",)),
        ("accounts that differ", ("books",)),
        ("runs left open", ("run open",)),
        ("alerts missing", ("alert missing",)),
        ("alerts too many", ("alert too many",)),
    ):
        count = verdict.count(*kinds)
        lines.append((name, str(count), count == 0))
    if verdict.alerts_due is not None:
        lines.append(
            (
                "alerts due / sent",
                f"{verdict.alerts_due} / {verdict.alerts_sent}",
                verdict.alerts_due == verdict.alerts_sent,
            )
        )
    lines.append(("came to rest", "yes" if report.settled else "no", report.settled))
    return lines
