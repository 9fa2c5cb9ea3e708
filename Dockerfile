# Two images: `tryton` for the profile demo, and `airflow`, the last one, which `docker build .` makes.
# Both hold exactly what the locks pin, the versions that this project's tests ran with.

FROM python:3.11-slim-bookworm AS tryton

COPY requirements/tryton.lock /tmp/requirements/
RUN pip install --no-cache-dir --no-compile --no-deps --requirement /tmp/requirements/tryton.lock \
    && rm -r /tmp/requirements \
    && useradd --system --uid 50001 --home-dir /opt/tryton tryton

COPY include/__init__.py /opt/tryton/include/
COPY include/demo/__init__.py include/demo/tryton_first_start.py include/demo/tryton_seed.py \
     include/demo/tryton_world.py /opt/tryton/include/demo/

ENV PYTHONPATH=/opt/tryton PYTHONUNBUFFERED=1
WORKDIR /opt/tryton
USER 50001


# The slim one holds Airflow alone: what else there is comes from the lock, and nothing is there in two versions.
FROM apache/airflow:slim-3.3.2-python3.11 AS airflow

COPY requirements/deployment.lock /tmp/requirements/
RUN pip install --no-cache-dir --no-deps --requirement /tmp/requirements/deployment.lock

# The connection types: Airflow finds them only where they are installed.
COPY --chown=airflow:root pyproject.toml README.md LICENSE /tmp/distribution/
COPY --chown=airflow:root plugins/coupa_erp_provider /tmp/distribution/plugins/coupa_erp_provider
RUN pip install --no-cache-dir --no-deps --no-build-isolation /tmp/distribution

COPY --chown=airflow:root dags /opt/airflow/dags
COPY --chown=airflow:root plugins /opt/airflow/plugins
COPY --chown=airflow:root include /opt/airflow/include

# Each task is a process: without compiled files each would compile all that it imports. The folders that volumes
# lie over are made here, so that a new volume takes over their owner and mode: nobody else may read them.
RUN python -m compileall -q /opt/airflow/plugins /opt/airflow/include \
    && mkdir --parents /opt/airflow/settings \
    && mkdir --mode=0700 /opt/airflow/state /opt/airflow/coupa-sandbox

# `include`, for every process.
ENV PYTHONPATH=/opt/airflow
WORKDIR /opt/airflow
