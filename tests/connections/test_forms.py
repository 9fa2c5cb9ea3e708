"""The forms of Admin → Connections say what the connections read, and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import annotated_types
import jsonschema
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coupa_erp.coupa.connection import OAUTH_SCOPE, CallSettings
from coupa_erp.netsuite.connection import NetSuiteExtra
from coupa_erp.odoo.connection import OdooExtra
from coupa_erp.rest.connection import RestExtra
from coupa_erp.s4hana.connection import S4HanaExtra
from coupa_erp.tryton.connection import TrytonExtra
from coupa_erp_provider import get_provider_info
from include.scope import CoupaScope

ROOT = Path(__file__).parents[2]
TYPES = {each["connection-type"]: each for each in get_provider_info()["connection-types"]}
READ: dict[str, tuple[type[BaseModel], ...]] = {
    "coupa": (CallSettings, CoupaScope),
    "tryton": (TrytonExtra,),
    "odoo": (OdooExtra,),
    "s4hana": (S4HanaExtra,),
    "netsuite": (NetSuiteExtra,),
    "erp_rest": (RestExtra,),
}
FIELDS = [
    pytest.param(connection_type, name, id=f"{connection_type}-{name}")
    for connection_type, form in TYPES.items()
    for name in form["conn-fields"]
]


def read_by(connection_type: str) -> dict[str, FieldInfo]:
    return {name: field for model in READ[connection_type] for name, field in model.model_fields.items()}


def shown(connection_type: str, name: str) -> dict[str, Any]:
    field: dict[str, Any] = TYPES[connection_type]["conn-fields"][name]
    return field


@pytest.mark.parametrize("connection_type", READ)
def test_the_form_has_every_field_that_the_connection_reads_and_no_other(connection_type: str) -> None:
    assert set(TYPES[connection_type]["conn-fields"]) == set(read_by(connection_type))


def test_each_erp_that_is_served_is_a_connection_type() -> None:
    from coupa_erp.erp import ERP_HOOKS

    assert set(TYPES) == {"coupa", *ERP_HOOKS}
    for connection_type, (module, name) in ERP_HOOKS.items():
        assert TYPES[connection_type]["hook-class-name"] == f"{module}.{name}"


def test_the_forms_are_as_airflow_describes_them() -> None:
    airflow = find_spec("airflow")
    assert airflow is not None
    assert airflow.submodule_search_locations is not None
    (core, *_) = [
        Path(folder) / "provider.yaml.schema.json"
        for folder in airflow.submodule_search_locations
        if (Path(folder) / "provider.yaml.schema.json").exists()
    ]
    described = json.loads(core.read_text(encoding="utf-8"))["properties"]["connection-types"]
    jsonschema.validate(list(TYPES.values()), described)


@pytest.mark.parametrize(("connection_type", "name"), FIELDS)
def test_a_field_of_the_form_is_labelled_described_and_of_the_type_that_is_read(
    connection_type: str, name: str
) -> None:
    field, read = shown(connection_type, name), read_by(connection_type)[name]
    assert field["label"]
    assert len(field["label"]) < 40
    assert field["description"].endswith(".")
    kinds = field["schema"]["type"]
    kinds = kinds if isinstance(kinds, list) else [kinds]
    # A field that allows null is one that the form lets people leave empty.
    assert ("null" in kinds) is not read.is_required()
    spelled = str(read.annotation)
    kind = {"bool": "boolean", "float": "number", "tuple": "array"}
    expected = next((kind[word] for word in kind if word in spelled), "string")
    assert [each for each in kinds if each != "null"] == [expected]
    assert ("date" in spelled) is (field["schema"].get("format") == "date")


@pytest.mark.parametrize(("connection_type", "name"), FIELDS)
def test_what_the_form_fills_in_and_lets_through_is_what_the_connection_takes(
    connection_type: str, name: str
) -> None:
    schema, read = shown(connection_type, name)["schema"], read_by(connection_type)[name]
    if "default" in schema:
        assert schema["default"] == read.get_default()
    bounds = {type(bound): bound for bound in read.metadata}
    if "minLength" in schema:
        assert schema["minLength"] == bounds[annotated_types.MinLen].min_length
    if "maxLength" in schema:
        assert schema["maxLength"] == bounds[annotated_types.MaxLen].max_length
    if "maximum" in schema:
        assert schema["maximum"] == bounds[annotated_types.Le].le
    if "minimum" in schema:
        least = bounds.get(annotated_types.Ge)
        assert schema["minimum"] >= (least.ge if least else bounds[annotated_types.Gt].gt)
    if "pattern" in schema:
        assert schema["pattern"] in [getattr(bound, "pattern", None) for bound in read.metadata]
    for choice in schema.get("enum", ()):
        assert choice in str(read.annotation)


def test_a_flag_that_is_on_unless_switched_off_is_shown_as_on() -> None:
    # The form draws an empty flag as off, and would then save it so.
    for connection_type in TYPES:
        for name, read in read_by(connection_type).items():
            if read.get_default() is True:
                assert shown(connection_type, name)["schema"]["default"] is True


def test_whether_coupa_is_a_sandbox_is_left_open_until_somebody_says_so() -> None:
    # include/pairing.py takes an outright "no" for an answer where a host is called like a test instance.
    assert "default" not in shown("coupa", "sandbox")["schema"]


def test_the_default_scopes_are_named_to_whoever_fills_in_the_form() -> None:
    assert OAUTH_SCOPE in shown("coupa", "scope")["description"]


@pytest.mark.parametrize("connection_type", READ)
def test_the_only_secret_is_the_password(connection_type: str) -> None:
    form = TYPES[connection_type]
    assert {"password", "host"} <= set(form["ui-field-behaviour"]["relabeling"])
    assert "password" not in form["ui-field-behaviour"]["hidden-fields"]
    # Airflow hides values of extra fields by these names; none of ours is one.
    assert [
        name for name in form["conn-fields"] if re.search("secret|token|passw|key_?file|api_key", name)
    ] == []


def test_the_distribution_names_itself_as_airflow_will_find_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert get_provider_info()["package-name"] == project["project"]["name"]
    entry = project["project"]["entry-points"]["apache_airflow_provider"]["provider_info"]
    assert entry == "coupa_erp_provider:get_provider_info"


def test_the_build_backend_is_the_locked_uv_so_that_nothing_is_fetched_for_it() -> None:
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (backend,) = [Requirement(each) for each in project["build-system"]["requires"]]
    locked = (ROOT / "requirements" / "airflow.lock").read_text(encoding="utf-8").splitlines()
    (uv,) = [line.removeprefix("uv==") for line in locked if line.startswith("uv==")]
    assert backend.name == "uv_build"
    assert uv in backend.specifier


def test_the_page_about_connections_tells_of_every_field() -> None:
    page = (ROOT / "docs" / "connections.md").read_text(encoding="utf-8")
    for connection_type in TYPES:
        section = page.partition(f"type `{connection_type}`\n")[2].partition("\n## ")[0]
        assert section
        told = set(re.findall(r"`([a-z_]+)`", section))
        assert set(TYPES[connection_type]["conn-fields"]) <= told
