"""The mapping's settings file: what it may say, checked when it is loaded.

``include/mapping.yaml`` is the shipped one; it explains each section with an example.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from include.errors import ConfigurationError
from include.mapping.templates import Template
from include.mapping.yaml_file import YamlFile, read_yaml
from include.models.absence import needed_keys

SHIPPED = Path(__file__).resolve().parent.parent / "mapping.yaml"

Code = Annotated[str, Strict(), StringConstraints(min_length=1)]
Codes = dict[str, Code]
Treatment = Literal["recoverable", "non_deductible", "partly_deductible", "reverse_charge", "withholding"]
DatePolicy = Literal["invoice_date", "first_open_day", "today"]
MapOrKeep = Literal["as_is", "reject"]


class Section(BaseModel):
    """A part of the file: no unknown keys; an empty entry means its default."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        optional = {
            field.alias or name for name, field in cls.model_fields.items() if not field.is_required()
        }
        return {key: value for key, value in raw.items() if value is not None or key not in optional}


class Companies(Section):
    """The legal entity, by each account and by the chart of accounts; where both speak they must agree."""

    template: Template | None = None
    by_account: Codes = Field(default_factory=dict)
    by_chart: Codes = Field(default_factory=dict)

    @model_validator(mode="after")
    def _a_source_is_needed(self) -> Companies:
        if not self.by_chart and not (self.template and self.by_account):
            raise ValueError(
                'say template and by_account, or by_chart, for example by_chart: {"US Chart": "US01"}'
            )
        return self


class Accounts(Section):
    """The ERP's account from Coupa's."""

    template: Template
    code_separator: Code = "-"
    map: Codes = Field(default_factory=dict)
    unmapped: MapOrKeep = "as_is"


class Dimension(Section):
    """One analytic axis of the ERP."""

    template: Template
    map: Codes = Field(default_factory=dict)
    unmapped: MapOrKeep = "as_is"
    required: bool = False


class Suppliers(Section):
    """The ERP's supplier, by Coupa's number, else by Coupa's id; never by name."""

    by_number: Codes = Field(default_factory=dict)
    unmapped_number: MapOrKeep = "as_is"
    by_id: dict[Annotated[str, StringConstraints(pattern=r"^[0-9]+$")], Code] = Field(default_factory=dict)
    by_remit_to: Codes = Field(default_factory=dict)


class PaymentTerms(Section):
    """The ERP's payment term by Coupa's code."""

    map: Codes = Field(default_factory=dict)
    unmapped: Literal["as_is", "reject", "leave_out"] = "reject"


class Currencies(Section):
    """The ERP's currency by Coupa's code, and the places of each."""

    map: Codes = Field(default_factory=dict)
    unmapped: MapOrKeep = "as_is"
    decimals: dict[str, Annotated[int, Strict(), Field(ge=0, le=6)]] = Field(default_factory=dict)


class TaxRule(Section):
    """What becomes of one of Coupa's tax codes."""

    treatment: Treatment
    erp_code: Code | None = None
    counter_code: Code | None = None
    deductible_percent: Annotated[Decimal, Field(gt=0, lt=100)] | None = None

    @model_validator(mode="after")
    def _says_what_its_treatment_needs(self) -> TaxRule:
        needs = {
            "erp_code": self.treatment != "non_deductible",
            "counter_code": self.treatment == "reverse_charge",
            "deductible_percent": self.treatment == "partly_deductible",
        }
        for name, needed in needs.items():
            given = getattr(self, name) is not None
            if given != needed:
                wrong = "is missing" if needed else "has no meaning"
                raise ValueError(f"{name} {wrong} where the treatment is {self.treatment}")
        return self


class Taxes(Section):
    """Tax codes, and the code assumed for an amount of tax without one."""

    codes: dict[str, TaxRule] = Field(default_factory=dict)
    without_code: Code | None = None

    @model_validator(mode="after")
    def _the_assumed_code_exists(self) -> Taxes:
        if self.without_code is not None and self.without_code not in self.codes:
            raise ValueError(f'without_code names "{self.without_code}", which is not under codes')
        return self


class ChargeAccounts(Section):
    """Accounts of charges that have none in Coupa; a type left out is rejected by name."""

    shipping: Code | None = None
    handling: Code | None = None
    misc: Code | None = None


class Rounding(Section):
    """How far the parts may differ from the total, in the document's currency, and where that goes."""

    tolerance: Annotated[Decimal, Field(ge=0, lt=10)]
    account: Code


class Mapping(Section):
    """The whole file."""

    companies: Companies
    accounts: Accounts
    dimensions: dict[str, Dimension] = Field(default_factory=dict)
    suppliers: Suppliers = Field(default_factory=Suppliers)
    payment_terms: PaymentTerms = Field(default_factory=PaymentTerms)
    currencies: Currencies = Field(default_factory=Currencies)
    taxes: Taxes = Field(default_factory=Taxes)
    charge_accounts: ChargeAccounts = Field(default_factory=ChargeAccounts)
    discount_account: Code | None = None
    advance_account: Code | None = None
    rounding: Rounding
    posting_date: DatePolicy = "invoice_date"
    reversal_date: DatePolicy = "today"
    custom_fields: Codes = Field(default_factory=dict)
    ignored_money_fields: Codes = Field(default_factory=dict)
    keys_left_out: Codes = Field(default_factory=dict)

    @field_validator("keys_left_out")
    @classmethod
    def _known_keys(cls, named: Codes) -> Codes:
        if unknown := sorted(set(named) - needed_keys()):
            raise ValueError(
                f"name only keys that the export needs; it does not ask for {', '.join(unknown)}"
            )
        return named


def load_mapping(path: Path | None = None) -> Mapping:
    """The settings file, checked.

    :param path: the file; by default the shipped one.
    :raises ConfigurationError: naming the file, the key and what is expected there.
    """
    file = path or SHIPPED
    read = read_yaml(file)
    if not isinstance(read.content, dict):
        raise ConfigurationError(f"{file}: expected sections such as companies, accounts and taxes.")
    try:
        return Mapping.model_validate(read.content)
    except ValidationError as fault:
        complaints = [_complaint(dict(error), read) for error in fault.errors(include_url=False)]
        raise ConfigurationError(f"{file}: " + "; ".join(complaints) + ".") from fault


def _complaint(error: dict[str, Any], read: YamlFile) -> str:
    path = ".".join(str(step) for step in error["loc"] if step != "[key]")
    typed = read.typed.get(path)
    where = (path or "top level") + (f" (line {typed.line})" if typed else "")
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"{where}: this key is not known here: correct its spelling or take it away"
    if kind == "missing":
        return f"{where}: this key is missing"
    if kind == "string_type" and typed and typed.text and error["input"] is not None:
        text = typed.text
        return f'{where}: expected text, but YAML reads {text} as something else: put it in quotes: "{text}"'
    said = error["msg"].removeprefix("Value error, ")
    got = f" (there is {typed.text or 'nothing'})" if typed else ""
    return f"{where}: {said[:1].lower()}{said[1:]}{got}"
