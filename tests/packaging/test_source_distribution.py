"""A source distribution carries Eigen with its licences and builds where there is no package index."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging
ROOT = Path(__file__).resolve().parents[2]

# What a build needs besides Eigen; an offline machine has these, pip must not fetch anything.
OFFLINE_REQUIREMENTS = [
    "scikit-build-core>=0.11",
    "pybind11>=3.0,<4",
    "cmake>=3.24",
    "ninja>=1.11",
    "numpy>=1.26",
]


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of a fresh copy of the files that git knows."""
    clone = tmp_path_factory.mktemp("clone") / "ravine"
    run("git", "clone", "--quiet", "--no-hardlinks", ROOT, clone)
    out = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "--outdir", out, clone)
    (archive,) = out.glob("ravine-*.tar.gz")
    # The folder that was filled while packing is invisible to git.
    assert run("git", "status", "--porcelain", cwd=clone) == ""
    return archive


@pytest.fixture(scope="module")
def names(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_holds_the_headers_and_their_licences(names: set[str]) -> None:
    folder = "third_party/eigen/"
    assert {
        folder + "Eigen/Core",
        folder + "COPYING.MPL2",
        folder + "COPYING.APACHE",
        folder + "README",
    } <= names
    assert not [
        name for name in names if "Sparse" in name
    ]  # the part of Eigen that has headers under the LGPL


def test_holds_what_the_tests_and_readers_need(names: set[str]) -> None:
    wanted = {"LICENSE", "README.md", "CMakeLists.txt", "pyproject.toml", "tests/architecture/rooms.py"}
    assert (
        wanted | {"python/ravine/py.typed", "python/ravine/_core.pyi", "python/ravine/data/digits.npz"}
        <= names
    )
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]


def test_builds_and_runs_without_an_index(sdist: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", environment)
    python = python_of(environment)
    run(python, "-m", "pip", "install", "--quiet", *OFFLINE_REQUIREMENTS)
    installed = run(python, "-m", "pip", "list", "--format=freeze")
    assert "eigen" not in installed

    # An index that refuses every connection: whatever pip or CMake tried to fetch would fail.
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull, "PIP_QUIET": "0"}
    nowhere |= dict.fromkeys(["http_proxy", "https_proxy", "all_proxy"], "http://127.0.0.1:9")
    build = ["-m", "pip", "install", "--no-build-isolation", "--no-deps", "--verbose"]
    log = run(python, *build, "-C", "cmake.define.RAVINE_LEVELS=native", sdist, **nowhere)
    assert "this source distribution" in log
    shape = run(
        python,
        "-W",
        "error",
        "-c",
        "import ravine as rv, numpy as np; print(rv.MLP([3, 4, 2]).predict(np.ones((5, 3))).shape)",
        cwd=tmp_path,
    )
    assert shape.startswith("(5, 2)")


def test_builds_a_wheel_with_licences_data_and_types(sdist: Path, tmp_path: Path) -> None:
    options = ["--no-deps", "-C", "cmake.define.RAVINE_LEVELS=native", "--wheel-dir", tmp_path]
    run(sys.executable, "-m", "pip", "wheel", "--quiet", *options, sdist)
    (wheel,) = tmp_path.glob("ravine-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
    assert {"ravine/py.typed", "ravine/_core.pyi", "ravine/data/digits.npz"} <= files
    assert [name for name in files if name.endswith("COPYING.MPL2")]
    assert [name for name in files if name.endswith("licenses/LICENSE")]
    # Headers and sources of the core are for those who build, not for those who use.
    assert not [name for name in files if name.endswith((".hpp", ".cpp", ".h", ".cmake"))]
