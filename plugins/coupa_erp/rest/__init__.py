"""An ERP behind an API of somebody's own."""
