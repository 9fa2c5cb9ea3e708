"""A folder for Airflow's scheduler to find :mod:`airflow_local_settings` in."""
