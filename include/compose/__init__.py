"""``docker-compose.yaml`` without containers: its services, from that very file, as processes.

For the tests, and for whoever has no Docker at hand: ``make compose-native``. What a container gives a
service and a process has not (a host name, a file system and ports of its own) is put in its place by
:mod:`include.compose.translation`, and nothing else is changed.
"""
