"""The page in Airflow's navigation: static files that read Airflow's REST API with the viewer's own rights."""
