"""What the hooks of ERPs behind somebody else's REST interface share: addresses, calls, tokens."""
