"""The connection's type chooses the ERP's hook."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from airflow.sdk import BaseHook

from coupa_erp.form import extra_of
from coupa_erp.po_backed import SETTING, without_matching
from include.erp_port import ErpPort
from include.errors import ConfigurationError

#: Connection type to the module and class of its hook; imported only once it is chosen.
ERP_HOOKS = {
    "tryton": ("coupa_erp.tryton.hook", "TrytonHook"),
    "odoo": ("coupa_erp.odoo.hook", "OdooHook"),
    "s4hana": ("coupa_erp.s4hana.hook", "S4HanaHook"),
    "netsuite": ("coupa_erp.netsuite.hook", "NetSuiteHook"),
    "erp_rest": ("coupa_erp.rest.hook", "RestErpHook"),
}


def open_erp(erp_conn_id: str = "erp_default") -> ErpPort:
    """The hook of the ERP behind a connection; opens nothing yet.

    :param erp_conn_id: the connection's id.
    :raises ConfigurationError: no ERP hook serves the connection's type, or its hook cannot match lines with
        purchase orders, as the connection asks for.
    """
    connection = BaseHook.get_connection(erp_conn_id)
    conn_type = connection.conn_type
    if conn_type not in ERP_HOOKS:
        raise ConfigurationError(
            f"Connection {erp_conn_id} has the type {conn_type}; this package serves {', '.join(ERP_HOOKS)}."
        )
    module, name = ERP_HOOKS[conn_type]
    hook_class: type[ErpPort] = getattr(import_module(module), name)
    if not hook_class.matches_orders:
        _refuse_matching(erp_conn_id, conn_type, connection.extra)
    hook: ErpPort = hook_class(erp_conn_id=erp_conn_id)  # type: ignore[call-arg]
    return hook


def _refuse_matching(erp_conn_id: str, conn_type: str, written: str | None) -> None:
    extra = {}
    with suppress(ValueError):  # which is the hook's own to tell
        extra = extra_of(written, f'{{"{SETTING}": "gl"}}')
    try:
        without_matching(extra, conn_type)
    except ValueError as refused:
        raise ConfigurationError(f"Connection {erp_conn_id}: {refused}.") from None
