"""An invoice's scan and files on their way into the ERP, beside the document that was posted for it."""
