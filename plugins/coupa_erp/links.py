"""Buttons on the tasks: the invoice in Coupa, the document in the ERP, the integration run in Coupa.

The API server finds an address once somebody looks at a task, in what the run's tasks have handed on anyway.
A worker that kept each address as an XCom of the task, as Airflow has it by default, would make seven more
calls an invoice. What has nothing to open has no button.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.standard.decorators.python import _PythonDecoratedOperator
from airflow.sdk import BaseOperatorLink
from airflow.sdk.bases.decorator import TaskDecorator, task_decorator_factory

from coupa_erp.coupa.pages import integration_run_page, invoice_page
from include.monitoring import in_coupa

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

#: The XCom of ``create_integration_run`` that says under which address people open Coupa.
ADDRESS = "address"


class LinkedOperator(_PythonDecoratedOperator):
    """A ``@task`` with these buttons: an operator has them by its class, from the plugin."""

    # Nothing of it is a template: what is rendered would be kept of each task, by one more call.
    template_fields = ()


def linked_task(python_callable: Callable[..., Any] | None = None, **options: Any) -> TaskDecorator:
    """``@task`` with the buttons.

    :param python_callable: the function.
    :param options: of the operator.
    """
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=LinkedOperator, **options
    )


class InvoiceInCoupa(BaseOperatorLink):
    """Opens the invoice of an index."""

    name = "Invoice in Coupa"
    operators: ClassVar[list[type[Any]]] = [LinkedOperator]

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Its address, by the page of labels that holds the index."""
        from coupa_erp.tasks.listed import label_in, page_key  # noqa: PLC0415 - the API server's alone

        if ti_key.map_index < 0:
            return ""
        words = _Words(ti_key)
        base_url = words.of("create_integration_run", ADDRESS)
        page = words.of("fetch_invoices", page_key(ti_key.map_index))
        return invoice_page(base_url, label_in(page, ti_key.map_index).id) if base_url and page else ""


class DocumentInErp(BaseOperatorLink):
    """Opens the document that a task has made or recorded."""

    name = "Document in the ERP"
    operators: ClassVar[list[type[Any]]] = [LinkedOperator]

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Its address, as the ERP's hook has told it."""
        said = _Words(ti_key).own()
        return str(said.get("document_url") or "") if isinstance(said, dict) else ""


class RunInCoupa(BaseOperatorLink):
    """Opens the integration run that a task has made, ended, or recorded an outcome in."""

    name = "Integration run in Coupa"
    operators: ClassVar[list[type[Any]]] = [LinkedOperator]

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Its address: of an outcome the run that it belongs to, else the run of now."""
        words = _Words(ti_key)
        base_url = words.of("create_integration_run", ADDRESS)
        if ti_key.map_index < 0:
            run_id = words.of("create_integration_run")
        else:
            said = words.own()
            run_id = said.get("integration_run_id") if isinstance(said, dict) else None
        # At a lesser monitoring level a run has a number, and no page.
        is_there = base_url and run_id and in_coupa(run_id)
        return integration_run_page(base_url, run_id) if is_there else ""


@dataclass(frozen=True)
class _Words:
    """What the tasks of a run have handed on, read by the API server.

    :param ti_key: the task that is looked at.
    """

    ti_key: TaskInstanceKey

    def own(self) -> Any:
        """What the task itself returned."""
        return self.of(self.ti_key.task_id, map_index=self.ti_key.map_index)

    def of(self, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """What another task of the run left; ``None`` where it left nothing.

        :param task_id: whose.
        """
        from airflow.models.xcom import XComModel  # noqa: PLC0415 - no worker may touch the database
        from airflow.utils.session import create_session  # noqa: PLC0415 - likewise

        with create_session() as session:
            found = session.execute(
                XComModel.get_many(
                    run_id=self.ti_key.run_id,
                    key=key,
                    dag_ids=self.ti_key.dag_id,
                    task_ids=task_id,
                    map_indexes=map_index,
                ).with_only_columns(XComModel.value)
            ).first()
            return XComModel.deserialize_value(found) if found else None
