# Stage 1 installs everything into one virtual environment and builds the model.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt requirements.lock README.md ./
# Every file must be the one that was looked at. Only torch has no hash here: its CPU build comes
# from an index of its own (--build-arg PIP_EXTRA_INDEX_URL=…), else the one with CUDA is taken.
ARG PIP_EXTRA_INDEX_URL=""
RUN pip install --no-compile --require-hashes --no-deps --requirement requirements.lock \
    && pip install --no-compile --constraint constraints.txt torch
COPY qa_service ./qa_service
RUN pip install --constraint constraints.txt .
COPY corpus ./corpus
# Model, words and compiled search inside the image: it starts offline and at once.
ENV QA_DATA_DIR=/var/lib/qa-service QA_INDEX_DIR=/var/lib/qa-service/index QA_CORPUS_DIR=/app/corpus \
    NUMBA_CACHE_DIR=/var/lib/qa-service/numba
# Importing and a search for nobody write the bytecode of what the service uses, and of nothing else.
RUN python -c "import qa_service.server.app" && qa-service model build

# Stage 2 runs it, as nobody in particular; the root file system may be read-only (with a tmpfs on /tmp).
# Beyond this host it refuses to start without QA_SECURE_COOKIES and QA_TRUSTED_PROXIES, or QA_ALLOW_PLAIN_HTTP.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-15 && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /var/lib/qa-service qa
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app/corpus /app/corpus
COPY --from=build --chown=qa:qa /var/lib/qa-service /var/lib/qa-service
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    QA_DATA_DIR=/var/lib/qa-service QA_INDEX_DIR=/var/lib/qa-service/index \
    QA_CORPUS_DIR=/app/corpus QA_HOST=:: QA_PORT=8012 OMP_WAIT_POLICY=PASSIVE NUMBA_CACHE_DIR=/var/lib/qa-service/numba
RUN chmod 700 /var/lib/qa-service
USER qa
WORKDIR /var/lib/qa-service
VOLUME /var/lib/qa-service
EXPOSE 8012
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["sh", "-c", "for host in 127.0.0.1 [::1]; do python -c \"import sys, urllib.request; urllib.request.urlopen(f'http://{sys.argv[1]}:8012/healthz', timeout=2)\" $host 2>/dev/null && exit 0; done; exit 1"]
CMD ["qa-service", "serve"]
