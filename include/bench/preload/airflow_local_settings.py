"""What ``make up`` imports before it forks, and a connection type for the ERP that answers at once."""

from __future__ import annotations

from importlib import import_module

from include.bench.erp import CONN_TYPE

import_module("include.demo.preload.airflow_local_settings")
import_module("coupa_erp.erp").ERP_HOOKS[CONN_TYPE] = ("include.bench.erp", "AnswersAtOnce")
