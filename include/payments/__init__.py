"""Payments that the ERP made, carried back onto Coupa's invoices."""
