"""A Coupa instance to run against: a real HTTP server that follows Coupa's R39 Swagger.

For the demo, for tests, and for anyone without a Coupa instance::

    python -m include.sandbox --host 127.0.0.1 --port 8090 --state .run/coupa.sqlite

Beside Coupa's own calls under ``/api`` and ``/oauth2`` it has calls of its own under ``/_sandbox`` that play
what people do in Coupa's UI and make it misbehave (:mod:`include.sandbox.control`). It refuses what Coupa
would refuse; what no source states about Coupa is decided strictly, and said where it is decided.
"""
