"""Seeds an empty database of a Tryton in containers, once.

Runs in Tryton's environment: ::

    python -m include.demo.tryton_first_start <database>

The database comes from ``TRYTOND_DATABASE__URI``, the admin's password from ``TRYTON_ADMIN_PASSWORD``, the
export's REST key from ``TRYTON_EXPORT_KEY``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

_SECRETS = {"TRYTON_ADMIN_PASSWORD": "TRYTONPASSFILE", "TRYTON_EXPORT_KEY": "EXPORT_KEY_FILE"}


def main(database: str) -> None:
    """Seed it, unless it was seeded before.

    :param database: an existing database, empty or seeded.
    """
    import psycopg  # noqa: PLC0415 - there is none in Airflow's environment

    with psycopg.connect(os.environ["TRYTOND_DATABASE__URI"] + database) as connection:
        known = connection.execute("SELECT to_regclass('res_user_application')").fetchone()[0]
        # The export's key is made by the seed, in one transaction with all the rest.
        keys = connection.execute("SELECT count(*) FROM res_user_application").fetchone()[0] if known else 0
    if keys:
        print(f"The database {database} was seeded before.", flush=True)
        return
    missing = [name for name in _SECRETS if not os.environ.get(name)]
    if missing:
        sys.exit(f"{missing[0]} is missing from .env, see .env.example.")
    from include.demo import tryton_seed  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        for name, file_variable in _SECRETS.items():
            file = Path(folder) / name
            file.write_text(os.environ[name])
            os.environ[file_variable] = str(file)
        print(f"Seeding the database {database} (about a minute).", flush=True)
        # Trytond takes its configuration from the environment; the file has nothing to add.
        tryton_seed.main(os.devnull, database)


if __name__ == "__main__":
    main(*sys.argv[1:])
