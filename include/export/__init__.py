"""The steps of a run and of one invoice, as `coupa_invoices_to_erp` draws them, over the two ports."""
