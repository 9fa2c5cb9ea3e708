"""What every Airflow process imports as it starts.

The scheduler's workers fork each task: what was imported before the fork costs a task nothing. Without this
file each of an invoice's four tasks imports aiohttp (which HttpHook's module brings along), builds pydantic's
models and imports the hooks anew: more work than all that it does then.
"""

from __future__ import annotations

from importlib import import_module

for module in (
    "airflow.providers.standard.decorators.python",
    "airflow.providers.standard.operators.trigger_dagrun",
    "coupa_erp.tasks.invoice",
    "coupa_erp.tryton.hook",
    "include.export.delivery",
    "include.export.recording",
):
    import_module(module)
