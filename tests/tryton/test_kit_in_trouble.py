"""The other half of the kit: a file of its own, so that two workers share it."""

from __future__ import annotations

from tests.erp_kit.in_trouble import *  # noqa: F403
