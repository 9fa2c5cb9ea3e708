"""Odoo 17 to 19 over its external API: connection, transport, look-ups, and one document a key."""
