"""The soak: the export under faults, kills and people, and a judge of what is left of it."""
