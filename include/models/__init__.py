"""What moves between Coupa, the mapping and the ERP."""
