"""The business of the export: pure Python, never an Airflow import."""
