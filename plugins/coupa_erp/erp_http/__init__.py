"""What the hooks of ERPs over HTTP share: addresses, calls, tokens, what a bill has to say there."""
