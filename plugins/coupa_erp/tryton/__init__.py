"""Tryton 8.2 over REST: connection, transport, look-ups, and the protocol that keeps one document a key."""
