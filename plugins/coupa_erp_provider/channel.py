"""The fields that every connection type has: how a server is reached."""

from __future__ import annotations

from typing import Any

Fields = dict[str, dict[str, Any]]

#: The heading in the form under which they stand.
SECTION = "How it is called"

#: The address says the port, too. But Airflow 3.3.1 and 3.3.2 refuse to test a stored connection without one
#: (their form sends 0 for none, and the server takes that for another host; apache/airflow#73298).
PORT = "Port (for the Test button)"


def seconds(label: str, description: str, *, default: float, least: float = 1) -> dict[str, Any]:
    """A field for a time in seconds, as long as an answer may take at most.

    :param label: above the field.
    :param description: below it.
    :param least: the form's bound; the connection itself takes fractions.
    """
    return {
        "label": label,
        "description": description,
        "schema": {
            "type": ["number", "null"],
            "default": default,
            "minimum": least,
            "maximum": 600,
            "section": SECTION,
        },
    }


def safety(server: str, secret: str) -> Fields:
    """TLS and whom to trust.

    :param server: whose certificate it is.
    :param secret: what plain http would show to others.
    """
    return {
        "verify_tls": {
            "label": "Verify TLS",
            "description": f"Whether {server}'s certificate is checked. Switch it off only for a test.",
            "schema": {"type": ["boolean", "null"], "default": True, "section": SECTION},
        },
        "ca_file": {
            "label": "File of certificate authorities",
            "description": "Path of a PEM file on every machine of Airflow: the authorities to trust in the "
            "place of the machine's own.",
            "schema": {"type": ["string", "null"], "section": SECTION},
        },
        "allow_http": {
            "label": "Allow plain http",
            "description": f"Sends {secret} in the clear to a host that is not this machine: only where "
            "nobody else can listen on the way.",
            "schema": {"type": ["boolean", "null"], "default": False, "section": SECTION},
        },
    }
