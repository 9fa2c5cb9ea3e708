"""A package, so that its one Airflow ends with its last test and not with the session."""
