"""A notifier of the operator's choice for failed runs: any of Airflow's, by its import path."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from airflow.sdk.bases.notifier import BaseNotifier

from include.errors import ConfigurationError
from include.options import Options

_VARIABLE, _KWARGS = "COUPA_ERP_NOTIFIER", "COUPA_ERP_NOTIFIER_KWARGS"


def open_notifier(options: Options) -> BaseNotifier | None:
    """The notifier that the options name.

    It is imported only here: a provider of chat messages would make each task slower.

    :param options: the package's settings.
    :return: ``None`` where none is set.
    :raises ConfigurationError: it cannot be imported, is no notifier, or does not take these arguments.
    """
    if not options.notifier:
        return None
    module, _, name = options.notifier.rpartition(".")
    try:
        notifier: Any = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        raise ConfigurationError(
            f"{_VARIABLE} names {options.notifier}, which cannot be imported: write the class with its "
            "module, airflow.providers.slack.notifications.slack.SlackNotifier, and install its provider."
        ) from None
    if not (isinstance(notifier, type) and issubclass(notifier, BaseNotifier)):
        raise ConfigurationError(f"{_VARIABLE} names {options.notifier}, which is no notifier of Airflow's.")
    try:
        return notifier(**options.notifier_kwargs)
    except TypeError as unfit:
        raise ConfigurationError(
            f"{_KWARGS} does not fit {options.notifier}: {unfit}. Write its arguments as a JSON object."
        ) from None


def notify_of_failure(context: Any, options: Options) -> None:
    """Let the notifier tell of a failed run, where one is set.

    :param context: the callback's.
    :param options: the package's settings.
    """
    notifier = open_notifier(options)
    if notifier is not None:
        notifier(context)
