"""What may stand in the repository: short files of its own, one version, no trace of a machine."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest
from rooms import ROOT, tracked_files

import ravine

LONGEST = 400
SOURCE_SUFFIXES = {".c", ".cmake", ".cpp", ".h", ".hpp", ".md", ".py", ".pyi", ".toml", ".yml"}
# The texts of the licences that a source distribution carries with Eigen, and our own.
LICENCES = {ROOT / "LICENSE", *(ROOT / "cmake" / "eigen-licence").iterdir()}


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    files = tracked_files()
    if files is None:
        pytest.skip("not a clone: git does not say which files belong to the repository")
    return files


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_test_files_are_named_apart(tracked: list[Path]) -> None:
    """Pytest imports them by their names alone."""
    names = [path.name for path in tracked if path.name.startswith("test_") and path.suffix == ".py"]
    assert sorted(names) == sorted(set(names))


def written_lines(path: Path) -> int:
    """Lines that somebody wrote: tables that a command has measured and put there do not count."""
    before, _, measured = text_of(path).partition("<!-- measured: written by")
    _, _, after = measured.partition("<!-- end of measured -->")
    return len(before.splitlines()) + len(after.splitlines())


def test_sources_are_short(tracked: list[Path]) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked
        if path.suffix in SOURCE_SUFFIXES and (lines := written_lines(path)) > LONGEST
    }
    assert long == {}


def test_no_third_party_source_is_tracked(tracked: list[Path]) -> None:
    foreign_folder = re.compile(r"(^|/)(third_party|vendor|external|extern|_deps)(/|$)")
    notice = re.compile(r"copyright\s+(\(c\)|©|\d{4})", re.IGNORECASE)
    suspects = [
        path.relative_to(ROOT).as_posix()
        for path in tracked
        if foreign_folder.search(path.relative_to(ROOT).as_posix())
        or (path not in LICENCES and notice.search(text_of(path)))
    ]
    assert suspects == []


def test_nothing_compiled_is_tracked(tracked: list[Path]) -> None:
    assert [
        path
        for path in tracked
        if path.suffix in {".so", ".pyd", ".dll", ".dylib", ".a", ".o", ".whl", ".gz"}
    ] == []


def test_no_path_of_a_machine(tracked: list[Path]) -> None:
    # Put together here, so that this file does not find itself.
    roots = "|".join(["home", "root", "tmp", "work", "Users", "mnt", "opt"])
    pattern = re.compile(rf"(?<![\w.<>{{}}/:$*-])/(?:{roots})/\w+|[A-Z]:\\\\?Users")
    found = {
        str(path.relative_to(ROOT)): match[0] for path in tracked if (match := pattern.search(text_of(path)))
    }
    assert found == {}


def test_one_version() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    stated = re.findall(r'^version = "([^"]+)"$', pyproject, re.MULTILINE)
    assert len(stated) == 1
    assert ravine.__version__ == ravine.build_info()["version"] == stated[0]


def test_metadata_has_the_version() -> None:
    try:
        installed = importlib.metadata.version("ravine")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("a developer's build: the package is on the path, not installed")
    assert installed == ravine.__version__


def test_developers_and_users_test_with_the_same_packages() -> None:
    tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    extras = project["optional-dependencies"]
    users = {*project["dependencies"], *extras["test"], *extras["cli"]} - {"ravine[cli]"}
    assert set(settings["dependency-groups"]["test"]) == users


def test_version_is_written_once(tracked: list[Path]) -> None:
    literal = re.compile(rf"(?<![\d.]){re.escape(ravine.__version__)}(?![\d.])")
    places = [
        path.relative_to(ROOT).as_posix()
        for path in tracked
        if path.suffix in SOURCE_SUFFIXES - {".md"} and literal.search(text_of(path))
    ]
    assert places == ["pyproject.toml"]
