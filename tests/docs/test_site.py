"""Every page is in the tree of the site, every public name in its reference; `.ci/run` builds the site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import ravine as rv

DOCS = Path(__file__).resolve().parents[2] / "docs"
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LISTED = {"ravine.sklearn", "ravine.uncertainty"}  # modules of which the reference shows parts
DIRECTIVE = re.compile(r"^\.\. auto(module|class|function|exception):: ([\w.]+)$", re.MULTILINE)
CURRENT = re.compile(r"^\.\. currentmodule:: ([\w.]+)$", re.MULTILINE)


def below(page: str, seen: set[str]) -> Iterator[str]:
    """The pages that the trees of a page name, and those that these name, each once."""
    path = DOCS / f"{page}.md"
    for tree in TOCTREE.findall(path.read_text(encoding="utf-8") if path.exists() else ""):
        for line in (line for line in tree.splitlines() if line and not line.startswith(":")):
            entry = re.sub(r"^.*<(.+)>$", r"\1", line)  # a title, and the page
            files = [file for kind in (".md", ".rst") for file in sorted(path.parent.glob(entry + kind))]
            assert files, f"{path.name} has {line} in its tree, which is no page"
            for name in map(name_of, files):
                if name not in seen:
                    seen.add(name)
                    yield name
                    yield from below(name, seen)


def name_of(file: Path) -> str:
    return file.relative_to(DOCS).with_suffix("").as_posix()


def pages() -> set[str]:
    return {name_of(file) for kind in ("*.md", "*.rst") for file in DOCS.rglob(kind)}


def test_every_page_is_in_the_tree() -> None:
    """A new page is to be named in a toctree of docs/index.md."""
    assert sorted(pages() - {"index"} - set(below("index", set()))) == []


def documented() -> tuple[set[str], set[str]]:
    """Modules documented whole, and names documented by themselves, as they are called by users."""
    modules, names = set(), set()
    for page in (DOCS / "api").glob("*.rst"):
        text = page.read_text(encoding="utf-8")
        current = CURRENT.search(text)
        for kind, name in DIRECTIVE.findall(text):
            if kind == "module":
                modules.add(name)
            else:
                names.add(name if name.startswith("ravine.") or current is None else f"{current[1]}.{name}")
    return modules, names


def test_every_public_name_is_in_the_reference() -> None:
    """A new name is to be named on a page of docs/api."""
    modules, names = documented()
    public = {f"ravine.{name}" for name in rv.__all__}
    assert sorted(public - modules - names) == []


@pytest.mark.parametrize("module", sorted(documented()[0]))
def test_a_documented_module_says_what_is_public(module: str) -> None:
    if module in ("ravine.scipy", "ravine.sklearn"):
        pytest.importorskip(module.removeprefix("ravine."))
    public = import_module(module).__all__
    assert public
    if module in LISTED:  # name by name
        named = {name.rsplit(".", 1)[1] for name in documented()[1]}
        assert sorted(set(public) - named) == []


@pytest.mark.parametrize("page", sorted((DOCS / "concepts").glob("*.md")), ids=lambda page: page.stem)
def test_a_concept_is_told_shown_and_tried(page: Path) -> None:
    """Formula, picture, what is measured, a program that asserts it, a diagnostic, a source: in order."""
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    bold = [f"**{part}.**" for part in ("Formula", "Measured", "In a run of your own", "Source")]
    parts = ["# ", bold[0], "![", bold[1], "```python", "assert ", *bold[2:]]
    places = [text.find(part) for part in parts]
    assert places == sorted(places)
    assert places[0] == 0
    assert f"(concepts/{page.name})" in (DOCS / "experiments.md").read_text(encoding="utf-8")


def test_the_readme_has_every_room_of_the_package() -> None:
    """The first cells of its map name each package of python/ravine."""
    package = DOCS.parent / "python" / "ravine"
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`python/ravine/.*?) \|", readme, re.MULTILINE)
    named = {word for cell in cells for word in re.findall(r"(\w+)`", cell)}
    assert sorted({file.parent.name for file in package.glob("*/__init__.py")} - named) == []


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """As `.ci/run` builds it, but for the files that are written; where the group `docs` is installed."""
    for package in ("sphinx", "myst_parser", "furo", "scipy", "matplotlib"):
        pytest.importorskip(package)
    options = ["-b", "dummy", "-q", "-W", "--keep-going", "-n"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, DOCS, tmp_path],
        env={**os.environ, "PYTHONPATH": str(Path(rv.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
