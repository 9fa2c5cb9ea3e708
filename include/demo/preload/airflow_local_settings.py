"""What every Airflow process imports as it starts.

Workers fork each task, the LocalExecutor's as Celery's: what was imported before the fork costs a task
nothing. Without this file each of an invoice's four tasks imports aiohttp (which HttpHook's module brings
along), builds pydantic's models, asks Airflow's providers for their asset schemes and reads the options anew:
more work than all that it does then.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

for module in (
    # What Airflow itself imports in a task, and not before.
    "airflow.dag_processing.bundles.local",
    "airflow.providers.common.io.assets.file",
    "airflow.providers.standard.decorators.python",
    "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.sdk.definitions.asset.metadata",
    "airflow.sdk.definitions.decorators.condition",
    "airflow.sdk.definitions.decorators.setup_teardown",
    "airflow.sdk.definitions.decorators.task_group",
    "airflow.sdk.execution_time.cache",
    "airflow.sdk.execution_time.timeout",
    "airflow.version",
    "jinja2.debug",
    "jinja2.ext",
):
    # A later Airflow may have another name for it.
    with suppress(ImportError):
        import_module(module)

for module in (
    "coupa_erp.coupa.hook",
    "coupa_erp.delivered",
    "coupa_erp.erp",
    "coupa_erp.links",
    "coupa_erp.notifying",
    "coupa_erp.retry_policy",
    "coupa_erp.tasks.backlog",
    "coupa_erp.tasks.invoice",
    "coupa_erp.tasks.run",
    "coupa_erp.tasks.run_end",
    "coupa_erp.tasks.whole_invoice",
    "coupa_erp.tryton.hook",
    "include.export.alerts",
    "include.export.breaker",
    "include.export.delivery",
    "include.export.foretelling",
    "include.export.listing",
    "include.export.recording",
    "include.export.sweep",
    "include.export.unfinished",
    "include.mapping.settings",
    "include.pairing",
):
    import_module(module)

# A wrong option is for the DAG's import error to tell, not a reason for Airflow not to start.
with suppress(Exception):
    import_module("include.options").read_options()
