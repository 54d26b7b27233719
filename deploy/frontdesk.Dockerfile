# The api, the worker and the command line `frontdesk`: one image, since all three are the domain with a thin door.

FROM python:3.11-slim-bookworm AS packages
# Another package index, for where the usual one is far away. pip reads these by itself.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY pyproject.toml requirements.lock ./
# Empty packages stand in for the code, which comes later: a change of it does not install everything again.
RUN mkdir frontdesk services && touch frontdesk/__init__.py services/__init__.py \
    && python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --quiet --constraint requirements.lock setuptools \
    && pip --python /opt/venv/bin/python install --quiet --constraint requirements.lock \
        --use-pep517 --no-build-isolation --editable '.[api,worker]' \
    && pip --python /opt/venv/bin/python uninstall --quiet --yes setuptools

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
# Reads pictures and scanned pages, in Chinese and English.
RUN apt-get update -qq \
    && apt-get install --yes -qq --no-install-recommends tesseract-ocr tesseract-ocr-chi-sim tesseract-ocr-osd >/dev/null \
    && rm -rf /var/lib/apt/lists/*
# The volume of uploaded files takes its owner from the folder in the image.
RUN groupadd --gid 10001 frontdesk \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin frontdesk \
    && install --directory --owner frontdesk --group frontdesk /var/lib/frontdesk/files
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY migrations migrations
COPY services/__init__.py services/__init__.py
COPY services/api services/api
COPY services/worker services/worker
COPY frontdesk frontdesk
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "services.api"]
