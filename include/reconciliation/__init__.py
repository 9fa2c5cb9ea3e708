"""Coupa's invoices beside the ERP's documents: what differs, why, and what is done about it."""
