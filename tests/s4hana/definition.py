"""SAP's description of the two services, as far as the stand-in needs it; see ``definition.txt``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Field:
    """One property of an entity."""

    name: str
    kind: str
    length: int
    decimals: int
    creatable: bool
    filterable: bool
    key: bool
    capitals: bool
    mandatory: bool


def _read() -> dict[str, dict[str, Field]]:
    entities: dict[str, dict[str, Field]] = {}
    text = Path(__file__).with_name("definition.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            fields = entities.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, kind, size, *flags = line.split()
            length, _, decimals = size.partition(",")
            fields[name] = Field(
                name=name,
                kind=kind,
                length=int(length) if length.isdigit() else 0,
                decimals=int(decimals or 0),
                creatable="not-creatable" not in flags,
                filterable="not-filterable" not in flags,
                key="key" in flags,
                capitals="capitals" in flags,
                mandatory="mandatory" in flags,
            )
    return entities


ENTITIES = _read()
ATTACHMENT = ENTITIES["AttachmentContent"]
HEADER, GL_ITEM, ORDER_ITEM, TAX, JOURNAL = (
    ENTITIES["A_SupplierInvoice"],
    ENTITIES["A_SupplierInvoiceItemGLAcct"],
    ENTITIES["A_SuplrInvcItemPurOrdRef"],
    ENTITIES["A_SupplierInvoiceTax"],
    ENTITIES["A_OperationalAcctgDocItemCube"],
)
#: The parts of a document that are created with it, by their navigation property.
PARTS = {
    "to_SupplierInvoiceItemGLAcct": GL_ITEM,
    "to_SuplrInvcItemPurOrdRef": ORDER_ITEM,
    "to_SupplierInvoiceTax": TAX,
}
ORDER, ORDER_LINE = ENTITIES["A_PurchaseOrder"], ENTITIES["A_PurchaseOrderItem"]
#: The same of a purchase order, and of one of its items.
ORDER_PARTS = {
    "to_PurchaseOrderItem": ORDER_LINE,
    "to_AccountAssignment": ENTITIES["A_PurOrdAccountAssignment"],
}
#: What each service describes.
_DESCRIBED = {
    "API_SUPPLIERINVOICE_PROCESS_SRV": (
        *("A_SupplierInvoice", "A_SupplierInvoiceItemGLAcct"),
        *("A_SuplrInvcItemPurOrdRef", "A_SupplierInvoiceTax"),
    ),
    "API_OPLACCTGDOCITEMCUBE_SRV": ("A_OperationalAcctgDocItemCube",),
    "API_CV_ATTACHMENT_SRV": ("AttachmentContent",),
    "API_PURCHASEORDER_PROCESS_SRV": ("A_PurchaseOrder", "A_PurchaseOrderItem", "A_PurOrdAccountAssignment"),
}
#: Function imports: parameters and whether each is a text.
FUNCTIONS = {
    "Post": {"SupplierInvoice": 10, "FiscalYear": 4},
    "Cancel": {"SupplierInvoice": 10, "FiscalYear": 4, "ReversalReason": 2, "PostingDate": 0},
}


def metadata(service: str) -> str:
    """The description as the service itself gives it, XML, of the entities that are known here."""
    described = _DESCRIBED[service]
    types = []
    for entity, fields in ENTITIES.items():
        if entity not in described:
            continue
        properties = "".join(
            f'<Property Name="{field.name}" Type="Edm.{field.kind}"'
            + (f' MaxLength="{field.length}"' if field.kind == "String" else "")
            + (' sap:display-format="UpperCase"' if field.capitals else "")
            + ("" if field.creatable else ' sap:creatable="false"')
            + ("" if field.filterable else ' sap:filterable="false"')
            + "/>"
            for field in fields.values()
        )
        types.append(f'<EntityType Name="{entity}Type">{properties}</EntityType>')
    own = FUNCTIONS if "A_SupplierInvoice" in described else ()
    functions = "".join(f'<FunctionImport Name="{name}"/>' for name in own)
    return f'<edmx:Edmx><Schema Namespace="{service}">{"".join(types)}{functions}</Schema></edmx:Edmx>'
