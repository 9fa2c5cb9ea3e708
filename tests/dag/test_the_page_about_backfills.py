"""The page about backfills says what this Airflow takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from airflow.api_fastapi.core_api.datamodels.backfills import BackfillPostBody
from airflow.cli.cli_config import BACKFILL_COMMANDS
from airflow.models.backfill import ReprocessBehavior

PAGE = (Path(__file__).parents[2] / "docs" / "backfill.md").read_text(encoding="utf-8")


def test_each_flag_it_names_is_one_of_the_commands():
    (create,) = [command for command in BACKFILL_COMMANDS if command.name == "create"]
    taken = {flag for argument in create.args for flag in argument.flags if flag.startswith("--")}
    taken |= {flag.replace("--", "--no-", 1) for flag in taken}
    named = set(re.findall(r"--[a-z][a-z-]+", PAGE))
    assert len(named) > 6
    assert named <= taken


def test_the_body_it_shows_is_one_that_the_rest_api_takes():
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.S)
    body = BackfillPostBody.model_validate(json.loads(shown))
    assert body.reprocess_behavior is ReprocessBehavior.COMPLETED


def test_it_explains_each_reprocess_behaviour():
    assert {f"`{behaviour.value}`" for behaviour in ReprocessBehavior} <= set(re.findall(r"`\w+`", PAGE))
