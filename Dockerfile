# Python 3.11.16 on Debian 12, as Docker's own record of official images (docker-library/repo-info)
# had it on 2026-08-25; docs/deployment.md tells how to renew it.
FROM python:3.11-slim-bookworm@sha256:0bee7276f83efd4a1ee05bbbf4281d95ed28e079220a9457f25a93e3f1e3c31b AS base

FROM base AS libraries
WORKDIR /build
COPY requirements.lock ./
COPY deploy/libraries.sh deploy/libraries.sh
RUN python -m venv /libraries && sh deploy/libraries.sh /libraries

FROM base
# What it writes to: its own folders, for one user who is nobody else. Volumes take them over.
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/transfer-atlas atlas \
    && install -d -o atlas -g atlas -m 0700 \
        /var/lib/transfer-atlas /var/lib/transfer-atlas/cache \
        /var/lib/transfer-atlas/data /etc/transfer-atlas
COPY --from=libraries /libraries /libraries
WORKDIR /app
COPY gunicorn.conf.py ./
COPY core core
COPY dashboard dashboard
COPY assets assets
COPY examples/atlantis/study examples/atlantis/study
COPY examples/digits/study examples/digits/study
# Its user cannot write beside the sources: compiled once here, not at every start.
RUN python -m compileall -q core dashboard
ENV PATH=/libraries/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8050 \
    AUTH=basic \
    AUTH_FILE=/etc/transfer-atlas/users \
    CACHE_DIR=/var/lib/transfer-atlas/cache \
    DATA_DIR=/var/lib/transfer-atlas/data \
    LOG_FORMAT=json
USER 10001
EXPOSE 8050
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "gunicorn.conf.py", "dashboard.app:server"]
