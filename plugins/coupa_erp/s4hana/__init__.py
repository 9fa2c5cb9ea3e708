"""SAP S/4HANA: supplier invoices over OData V2."""
