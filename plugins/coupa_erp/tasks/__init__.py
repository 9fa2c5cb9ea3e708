"""The bodies of the DAG's tasks: they move values between Airflow's context and ``include.export``."""
