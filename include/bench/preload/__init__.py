"""A folder for a bench's Airflow to find :mod:`airflow_local_settings` in, before the one of ``make up``."""
