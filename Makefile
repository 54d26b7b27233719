# Frontdesk. `make` alone lists what can be done; `make run` and `make test` need nothing done before.

VENV := .venv
BIN := $(VENV)/bin
COMPOSE_FILE := deploy/docker-compose.yml

# Arguments for the program behind a target: make test ARGS="-k retrieval", make lock ARGS=--upgrade
ARGS ?=
# The models of this machine's own that `make run` starts too: cpu or gpu; none without it.
MODELS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-programs reset up down lint lock openapi client bench-conversations bench-confidence bench-llm \
	bench-llm-http bench-embeddings bench-retrieval bench-formats bench-ingest bench-search bench-entries \
	bench-sensitive bench-reports bench-widgets bench-intents bench-gaps bench-growth

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/ready-to-run ## Start everything on this machine (MODELS=cpu or gpu: with models); Ctrl-C stops it
	@$(if $(MODELS),$(MAKE) --silent --no-print-directory $(VENV)/ready-for-$(MODELS) || \
		echo 'What the models need cannot be installed now: Frontdesk starts without them.' >&2)
	@exec $(BIN)/python -m deploy.local $(if $(MODELS),--models $(MODELS)) $(ARGS)

test: $(VENV)/ready-to-test test-programs ## Run all tests on real PostgreSQL, Redis and Milvus Lite, in a real browser
	@exec $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

reset: ## Delete what `make run` keeps: conversations, documents, accounts (asks first)
	@$(find_python); exec "$$python" -m deploy.local.reset

up: deploy/.env ## Start everything in containers
	@$(find_compose); exec $$compose -f $(COMPOSE_FILE) up --build --detach $(ARGS)

down: ## Stop the containers; their data stays
	@$(find_compose); exec $$compose -f $(COMPOSE_FILE) down $(ARGS)

lint: $(VENV)/ready-to-test ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench-conversations: $(VENV)/ready-to-test ## Fifty contacts ask a running Frontdesk at once (ARGS=its address)
	@exec $(BIN)/python -m bench.conversations $(ARGS)

bench-retrieval: $(VENV)/ready-to-test ## Ask sets of questions and measure what is found (ARGS="FOLDER ...")
	@exec $(BIN)/python -m bench.retrieval $(ARGS)

bench-formats: $(VENV)/ready-to-test ## Read a folder of real files (ARGS=FOLDER, with its manifest.csv)
	@exec $(BIN)/python -m bench.formats $(ARGS)

bench-sensitive: $(VENV)/ready-to-test ## Ordinary questions taken for sensitive ones (ARGS="FOLDER ..." of questions)
	@exec $(BIN)/python -m bench.sensitive $(ARGS)

bench-widgets: $(VENV)/ready-to-test ## Two hundred open widgets and ten desks, and a thousand idle ones (ARGS=its address)
	@exec $(BIN)/python -m bench.widgets $(ARGS)

bench-intents: $(VENV)/ready-to-test ## Topics recognised from ten examples each (ARGS="FOLDER ... --embedder minilm")
	@exec $(BIN)/python -m bench.intents $(ARGS)

bench-gaps: $(VENV)/ready-to-test ## Do unanswered questions that ask the same come together? (ARGS="FOLDER ...")
	@exec $(BIN)/python -m bench.gaps $(ARGS)

bench-growth: $(VENV)/ready-to-test ## Entries are hidden and grow again from what agents answer (ARGS="SET ...")
	@exec $(BIN)/python -m bench.growth $(ARGS)

bench-ingest: $(VENV)/ready-to-bench ## Documents made findable, beside LangChain + Chroma and LlamaIndex + FAISS
	@exec $(BIN)/python -m bench.ingest $(ARGS)

bench-search: $(VENV)/ready-to-bench ## The whole retrieval at 10,000 and 100,000 passages, beside LangChain + Chroma
	@exec $(BIN)/python -m bench.search $(ARGS)

bench-entries: $(VENV)/ready-to-test ## 100,000 entries made findable (ARGS="--entries N"), and the memory it takes
	@exec $(BIN)/python -m bench.entries $(ARGS)

bench-reports: $(VENV)/ready-to-test ## Reports and exports of 20,000 and 200,000 conversations a month
	@exec $(BIN)/python -m bench.reports $(ARGS)

bench-confidence: $(VENV)/ready-to-test ## Is what the confidence promises kept? (ARGS="SET ..." of question sets)
	@exec $(BIN)/python -m bench.confidence $(ARGS)

bench-llm: $(VENV)/ready-to-test ## The model server's engine beside transformers (ARGS="--size tiny 0.6b", 8b on a card)
	@OMP_NUM_THREADS=1 exec $(BIN)/python -m bench.llm $(ARGS)

bench-llm-http: $(VENV)/ready-to-test ## What HTTP costs over the engine in process
	@OMP_NUM_THREADS=1 exec $(BIN)/python -m bench.llm_http $(ARGS)

bench-embeddings: $(VENV)/ready-to-test ## Embeddings of many callers beside sentence-transformers
	@OMP_NUM_THREADS=1 exec $(BIN)/python -m bench.embeddings $(ARGS)

lock: $(VENV)/ready-to-test ## Pin every package again (ARGS=--upgrade: to the newest)
	@$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --all-extras \
		--no-header --no-annotate $(ARGS) --output-file requirements.lock pyproject.toml
	@sed -i 's/ ;.*//' requirements.lock

openapi: $(VENV)/ready-to-test ## Write the api's schema that the tests compare with
	@$(BIN)/python -m services.api.openapi > tests/openapi.json.new
	@mv tests/openapi.json.new tests/openapi.json

client: $(VENV)/ready-to-test ## Make a typed Python client of the api, the package frontdesk_client, in this folder
	@$(BIN)/openapi-python-client generate --path tests/openapi.json --config services/api/client.yaml \
		--meta none --output-path frontdesk_client --overwrite

ifneq ($(filter-out cpu gpu,$(MODELS)),)
$(error MODELS is cpu or gpu, and not $(MODELS))
endif

# The environment. It is made anew when the lock changes, so that nothing else stays in it; when it came along with
# a copy of the clone, since it knows its own path; and when its Python is gone.

ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(VENV)/made-in),$(CURDIR))
.PHONY: $(VENV)/made-in
endif

$(VENV)/made-in: requirements.lock
	@$(find_python); $(require_venv); \
	"$$python" -m venv --clear $(VENV) && echo '$(CURDIR)' > $@

# Only what requirements.lock pins is installed: building takes setuptools from there too, not from a build
# environment of pip's own.
PIP_INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint requirements.lock

$(VENV)/ready-to-run: $(VENV)/made-in pyproject.toml
	@echo 'Installing Frontdesk into $(VENV), which takes a minute or two ...'
	@$(PIP_INSTALL) setuptools
	@$(PIP_INSTALL) --use-pep517 --no-build-isolation --editable '.[api,worker,ui,local]'
	@touch $@

# For the processor alone torch comes from its own index, where it is without gigabytes of CUDA; where that index is
# out of reach, the usual one has it too.
$(VENV)/ready-for-cpu: $(VENV)/ready-to-run
	@echo 'Installing what the models need, which takes a few minutes ...'
	@$(PIP_INSTALL) --no-deps --retries 1 --timeout 15 --index-url https://download.pytorch.org/whl/cpu torch \
		2>/dev/null || true
	@$(PIP_INSTALL) --use-pep517 --no-build-isolation --editable '.[api,worker,ui,local,llm]'
	@touch $@

$(VENV)/ready-for-gpu: $(VENV)/ready-to-run
	@echo 'Installing what the models need, some gigabytes with CUDA ...'
	@if $(BIN)/python -m pip show torch 2>/dev/null | grep -q '^Version: .*+cpu'; then \
		$(BIN)/python -m pip uninstall -qq --yes torch; \
	fi
	@$(PIP_INSTALL) --use-pep517 --no-build-isolation --editable '.[api,worker,ui,local,llm]'
	@touch $@

$(VENV)/ready-to-test: $(VENV)/$(if $(shell command -v nvidia-smi),ready-for-gpu,ready-for-cpu)
	@echo 'Installing what the tests need ...'
	@$(PIP_INSTALL) --use-pep517 --no-build-isolation --editable '.[api,worker,ui,local,llm,dev]'
	@touch $@

$(VENV)/ready-to-bench: $(VENV)/ready-to-test
	@$(PIP_INSTALL) --use-pep517 --no-build-isolation --editable '.[api,worker,ui,local,llm,dev,bench]'
	@touch $@

# Sets $python, or ends with one line that says what to install.
define find_python
for python in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	python=; \
done; \
if [ -z "$$python" ]; then \
	echo 'Frontdesk needs Python 3.11 or newer: apt-get install python3 python3-venv (Debian 12 or newer).' >&2; exit 1; \
fi
endef

define require_venv
"$$python" -c 'import venv, ensurepip' 2>/dev/null || { \
	echo "Python's venv is missing: apt-get install $$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; \
	exit 1; \
}
endef

define find_compose
if docker compose version >/dev/null 2>&1; then compose='docker compose'; \
elif docker-compose version >/dev/null 2>&1; then compose=docker-compose; \
else echo 'Neither `docker compose` nor docker-compose works here: apt-get install docker.io docker-compose.' >&2; exit 1; fi
endef

# Settings of the containers: the example's, with a secret of 32 random bytes behind every name that wants one.
deploy/.env:
	@umask 077; awk '/^FRONTDESK_(SECRET_KEY|[A-Z]+_PASSWORD)=$$/ { \
		new = "od -An -N32 -tx1 /dev/urandom | tr -d \" \\n\""; new | getline secret; close(new); $$0 = $$0 secret } 1' \
		deploy/.env.example > $@
	@echo 'Made $@: secrets and settings of the containers, the first administrator among them.'

# Debian's own chromium with a font that has Chinese letters, and tesseract. Without them the tests of the screens and
# of pictures are left out.
test-programs:
	@missing=; \
	command -v chromium >/dev/null || missing='chromium fonts-wqy-microhei'; \
	command -v tesseract >/dev/null || missing="$$missing tesseract-ocr tesseract-ocr-chi-sim tesseract-ocr-osd"; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ]; then admin=; else admin='sudo -n'; fi; \
		if command -v apt-get >/dev/null && $$admin true 2>/dev/null; then \
			echo "Installing what some tests need: $$missing ..."; \
			$$admin apt-get update -qq && $$admin env DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		fi; \
		for program in chromium tesseract; do \
			command -v $$program >/dev/null || \
				echo "No $$program, and it cannot be installed here: its tests are left out."; \
		done; \
	fi
