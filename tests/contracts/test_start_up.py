"""What the first second costs: import and --help, as CPU time against an empty Python."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

HEAVY = {"torch", "pandas", "numpy", "scipy", "sklearn", "transformers", "matplotlib"}


def cpu_seconds(*arguments: str) -> float:
    """Least CPU time of three runs of this Python; the least, because noise only adds."""
    found = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=os.environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


@pytest.fixture(scope="module")
def empty() -> float:
    return cpu_seconds("-c", "pass")


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, matprior; print(sorted({HEAVY} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"


def test_help_loads_nothing_heavy():
    code = f"import sys, matprior.cli.app; print(sorted({HEAVY} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"


def test_importing_costs_little_more_than_an_empty_python(empty):
    # 0.3 s on a machine where an empty Python takes 0.02 to 0.05 s.
    assert cpu_seconds("-c", "import matprior") < 0.2 + 3 * empty


def test_help_comes_at_once(empty):
    # 0.5 s on such a machine.
    assert cpu_seconds("-m", "matprior", "--help") < 0.4 + 4 * empty
