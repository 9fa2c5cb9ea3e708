"""The page in Airflow's navigation: static files that read the REST API with the viewer's own rights."""
