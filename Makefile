# Two commands for everybody: `make demo` and `make test`. Each makes its own environment when there is none.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types docs clean

# torch first and pinned: the plain name would pull gigabytes of CUDA packages with it.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet torch -c constraints.txt
	$(BIN)/python -m pip install --quiet -e ".[dev]" -c constraints.txt
	touch $(READY)

demo: $(READY)
	$(BIN)/matprior evaluate inorganic_melting_point --target melting_point_K --folds 5 --split group \
		--models dummy,extratrees,scratch,matbert-small --set epochs=24 --set batch_size=32 --output demo


test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

# A link or an anchor that leads nowhere, or a page that is in no menu, is an error.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --site-dir build/site

clean:
	rm -rf $(VENV) demo build dist
