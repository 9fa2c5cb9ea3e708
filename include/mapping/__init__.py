"""From a Coupa invoice to an ERP bill, by the rules of a settings file."""
