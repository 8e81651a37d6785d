"""Importing: the right compiled module, for each CPU level in a process of its own, quietly."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from rooms import ROOT

import ravine
from ravine import _cpu

PACKAGE = Path(ravine.__file__).parent
BUILT = sorted(
    path.name.split(".")[0].removeprefix("_core_")
    for path in PACKAGE.glob("_core_*.*")
    if path.suffix != ".pyi"
)
ORDER = ["v1", "v2", "v3", "v4"]
RUNNABLE = [level for level in BUILT if level == "generic" or ORDER.index(level) <= ORDER.index(_cpu.level())]


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a piece of Python in a new process that finds the same packages."""
    variables = {name: value for name, value in os.environ.items() if name != "RAVINE_CPU"}
    variables |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
    return subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False
    )


def test_a_level_is_built_for_this_machine() -> None:
    assert RUNNABLE


@pytest.mark.parametrize("level", RUNNABLE)
def test_level_runs_in_a_process_of_its_own(level: str) -> None:
    code = (
        "import numpy as np, sys, ravine as rv\n"
        "net = rv.MLP([3, 5, 2], seed=0)\n"
        "loaded = [name for name in sys.modules if name.startswith('ravine._core_')]\n"
        "print(rv.build_info()['cpu_level'], *loaded)\n"
        "print(net.predict(np.ones((4, 3))).shape)"
    )
    done = run(code, RAVINE_CPU=level)
    assert done.returncode == 0, done.stderr
    levels, shape = done.stdout.splitlines()
    # One level is loaded and no other: its neighbours may hold instructions that this CPU lacks.
    assert {name.rpartition("_core_")[2] for name in levels.split()} == {level}
    assert shape == "(4, 2)"


def test_the_best_level_is_taken_by_default() -> None:
    done = run("import ravine as rv; print(rv.build_info()['cpu_level'], rv.build_info()['cpu_supported'])")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [RUNNABLE[-1], _cpu.level()]


@pytest.mark.parametrize("level", ["", "avx512", "V3", "v9"])
def test_unknown_level_is_refused(level: str) -> None:
    done = run("import ravine", RAVINE_CPU=level)
    if level == "":  # an empty variable is an unset one
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "ImportError" in last
    assert "RAVINE_CPU" in last
    assert repr(level) in last
    assert all(built in last for built in BUILT)


def test_level_that_is_not_built_is_refused() -> None:
    missing = [level for level in ["v2", "v3", "v4", "generic"] if level not in BUILT]
    assert missing, "every name is built: 'generic' is never beside the others"
    done = run("import ravine", RAVINE_CPU=missing[0])
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert "ImportError" in last
    assert missing[0] in last
    assert "RAVINE_CPU" in last


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to count threads")
def test_import_starts_no_thread() -> None:
    code = (
        "import os, numpy\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "import ravine\n"
        "print(before, len(os.listdir('/proc/self/task')))"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
    before, after = done.stdout.split()
    assert before == after


def test_import_keeps_the_floating_point_mode() -> None:
    # -ffast-math anywhere in a linked library would make the process flush subnormal numbers to zero.
    code = (
        "import numpy as np\n"
        "tiny = np.array([5e-324])\n"
        "import ravine\n"
        "assert tiny[0] * 1.0 == 5e-324 and tiny.sum() / 1.0 > 0 and 2.2250738585072014e-308 / 4 > 0"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_import_brings_no_heavy_package() -> None:
    heavy = {"matplotlib", "torch", "jax", "sklearn", "scipy", "tqdm"}
    code = f"import sys, ravine; print(*sorted({heavy} & set(sys.modules)))"
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("nm") is None, reason="reads ELF symbols with nm")
@pytest.mark.parametrize("module", [f"_core_{level}" for level in BUILT] + ["_cpu"])
def test_exports_its_init_function_and_nothing_else(module: str) -> None:
    (path,) = PACKAGE.glob(f"{module}.*so")
    symbols = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True)
    assert [line.split()[-1] for line in symbols.stdout.splitlines()] == [f"PyInit_{module}"]


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python always has its global lock"
)
def test_free_threaded_python_takes_its_lock_again() -> None:
    done = run("import sys, ravine; print(sys._is_gil_enabled())")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True"


def test_no_module_claims_to_do_without_the_global_lock() -> None:
    claims = re.compile(r"mod_gil_not_used|Py_MOD_GIL_NOT_USED")
    claiming = [
        path.name for path in (ROOT / "cpp").rglob("*.[ch]*") if claims.search(path.read_text("utf-8"))
    ]
    assert claiming == []
