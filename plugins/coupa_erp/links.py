"""Buttons on the tasks: the invoice in Coupa, the document in the ERP, the integration run in Coupa.

A worker finds the addresses while it does its work, and Airflow keeps each as an XCom of the task. What has
nothing to open leaves none, and Airflow shows no button.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.decorators.python import _PythonDecoratedOperator
from airflow.sdk import BaseOperatorLink
from airflow.sdk.bases.decorator import TaskDecorator, task_decorator_factory

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

_ADDRESSES = "addresses"


class Shown(BaseOperatorLink):
    """A button that opens what its task has shown."""

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address, found by the worker that did the work."""
        shown: dict[str, str] = getattr(operator, "_addresses", {})
        return shown.get(self.name, "")


class InvoiceInCoupa(Shown):
    """Opens the invoice."""

    name = "Invoice in Coupa"


class DocumentInErp(Shown):
    """Opens the document."""

    name = "Document in the ERP"


class RunInCoupa(Shown):
    """Opens the integration run."""

    name = "Integration run in Coupa"


class LinkedOperator(_PythonDecoratedOperator):
    """A ``@task`` with these buttons: an operator has them by its class."""

    operator_extra_links: tuple[Shown, ...] = (InvoiceInCoupa(), DocumentInErp(), RunInCoupa())
    _addresses: dict[str, str]

    def execute(self, context: Any) -> Any:
        """Run the task; keep only the buttons of what it has shown an address of."""
        try:
            return super().execute(context)
        finally:
            self._addresses = dict(context.get(_ADDRESSES, {}))
            self.operator_extra_links = tuple(
                link for link in type(self).operator_extra_links if link.name in self._addresses
            )


def linked_task(python_callable: Callable[..., Any] | None = None, **options: Any) -> TaskDecorator:
    """``@task`` with the buttons.

    :param python_callable: the function.
    :param options: of the operator.
    """
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=LinkedOperator, **options
    )


def show(context: Any, link: type[Shown], address: str | None) -> None:
    """Give a button of this task something to open.

    :param context: the task's context.
    :param link: which.
    :param address: where; ``None`` where there is nothing to open.
    """
    if address:
        context.setdefault(_ADDRESSES, {})[link.name] = address
