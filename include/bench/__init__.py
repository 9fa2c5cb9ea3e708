"""What an invoice costs: this DAG beside its floor, a first attempt and a plain script, in one run."""
