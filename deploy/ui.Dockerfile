# The screens. They know the api's address and nothing else of Frontdesk.

FROM python:3.11-slim-bookworm AS packages
# Another package index, for where the usual one is far away. pip reads these by itself.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY pyproject.toml requirements.lock ./
# The extra alone, without the domain's own packages.
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['ui'], sep='\n')" > wanted.txt \
    && python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --quiet --constraint requirements.lock --requirement wanted.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
RUN groupadd --gid 10001 frontdesk \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin frontdesk
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY services/__init__.py services/__init__.py
COPY services/ui services/ui
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 8501
CMD ["python", "-m", "streamlit", "run", "services/ui/app.py", "--server.address", "0.0.0.0", "--server.port", "8501"]
