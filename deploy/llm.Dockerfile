# The model server, for graphics cards and processors alike: torch from the usual index brings its own CUDA, and the
# NVIDIA Container Toolkit brings the driver. For a small image without CUDA build it with
# PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu

FROM python:3.11-slim-bookworm AS packages
# Another package index, for where the usual one is far away. pip reads these by itself.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY pyproject.toml requirements.lock ./
# The extra alone, without the domain's own packages.
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['llm'], sep='\n')" > wanted.txt \
    && python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --quiet --constraint requirements.lock --requirement wanted.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    HF_HOME=/models/huggingface HF_HUB_DISABLE_TELEMETRY=1 LLM_HOST=0.0.0.0 LLM_PORT=9000 \
    TRITON_CACHE_DIR=/models/compiled/triton TORCHINDUCTOR_CACHE_DIR=/models/compiled/inductor
# What steps on a card are compiled with; /tmp may not be executed from, and what lies in the volume is not made twice.
RUN apt-get update -qq \
    && apt-get install --yes -qq --no-install-recommends gcc libc6-dev >/dev/null \
    && rm -rf /var/lib/apt/lists/*
# The volume of models takes its owner from the folder in the image.
RUN groupadd --gid 10001 frontdesk \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin frontdesk \
    && install --directory --owner frontdesk --group frontdesk /models
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY services/__init__.py services/__init__.py
COPY services/llm services/llm
RUN python -m compileall -q .
USER 10001:10001
EXPOSE 9000
CMD ["python", "-m", "services.llm"]
