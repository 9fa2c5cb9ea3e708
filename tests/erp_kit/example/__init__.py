"""An ERP hook to copy, the small ERP that it speaks to, and both passing the kit."""
