"""README, tutorial and examples do what they say: programs and commands run, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ravine.cli import main

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"# needs (\w+)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
FRAGMENT = re.compile(r"\]\((?!https?:)([^)#]*)#([^)]+)\)")
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
CONCEPTS = [page.read_text(encoding="utf-8") for page in PAGES if page.parent.name == "concepts"]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
EXPERIMENTS = sorted((ROOT / "examples" / "experiments").glob("[a-z]*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]


# Pages whose Python blocks are one program.
PROGRAMS = [page for page in PAGES if page.parent != ROOT and "python" in dict(blocks(page))]


@pytest.mark.parametrize("page", PROGRAMS, ids=name)
def test_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python blocks share their names; commands of ravine run in between, in the same folder.

    A block that begins with `# needs torch`, say, is left out where there is no such package.
    """
    monkeypatch.chdir(tmp_path)
    import ravine as rv

    threads = rv.get_num_threads()
    names: dict[str, object] = {"__name__": "page"}
    try:
        for language, body in blocks(page):
            needed = NEEDS.match(body)
            if language == "python" and not (needed and find_spec(needed[1]) is None):
                exec(compile(body, name(page), "exec"), names)
            elif language == "console":
                for line in re.findall(r"^\$ (.*)$", body, re.MULTILINE):
                    words = shlex.split(line)
                    assert words[0] == "ravine"
                    assert main(words[1:]) == 0, line
    finally:
        rv.set_num_threads(threads)


@pytest.mark.parametrize(
    "number", range(sum(language == "python" for language, _ in blocks(ROOT / "README.md")))
)
def test_a_program_of_the_readme_runs_by_itself(number: int, tmp_path: Path) -> None:
    program = [body for language, body in blocks(ROOT / "README.md") if language == "python"][number]
    assert len(program.splitlines()) <= 30
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_an_example_reaches_what_it_asserts(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert list(tmp_path.iterdir()) == []


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4
    assert len(EXPERIMENTS) >= 12


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=name)
def test_an_experiment_says_what_it_shows_and_is_on_the_page_of_a_concept(experiment: Path) -> None:
    """They are run by `.ci/run`, since together they take half a minute."""
    text = experiment.read_text(encoding="utf-8")
    for part in ("Fact: ", "Set-up: ", "Outcome: "):
        assert f"\n{part}" in text.split('"""')[1]
    assert "    assert " in text
    index = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    assert f"`{experiment.name}`" in index
    (page,) = [page for page in CONCEPTS if f"\n[{experiment.name}](../../{name(experiment)})\n" in page]
    pictures = re.findall(r'save\("(\w+)"', text)
    assert pictures
    for picture in pictures:
        assert f"(../pictures/{picture}.png)" in page
        assert (ROOT / "docs" / "pictures" / f"{picture}.png").stat().st_size < 80_000


def test_an_experiment_reaches_what_it_asserts_and_draws_where_it_is_told(tmp_path: Path) -> None:
    """One of them in full, so that what all share is tested here as well."""
    script = next(path for path in EXPERIMENTS if path.stem == "learning_rates")
    folder = tmp_path / "pictures"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(folder)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == [folder]
    import ravine as rv

    drawn = ["learning_rates.png"] if rv.plots.matplotlib_available() else []
    assert [path.name for path in folder.iterdir()] == drawn


def test_the_readme_has_its_two_commands() -> None:
    commands = [body.strip() for language, body in blocks(ROOT / "README.md") if language == "bash"]
    assert commands == [
        'python -m venv .venv && .venv/bin/pip install ".[cli]" && .venv/bin/ravine train',
        'python -m venv .venv && .venv/bin/pip install ".[test]" && .venv/bin/pytest -n auto',
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def headings(page: Path) -> set[str]:
    """The fragments by which the headings of a page are reached, in the repository and on the site."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    targets = FRAGMENT.findall(page.read_text(encoding="utf-8"))
    assert [
        (file, part) for file, part in targets if part not in headings(page.parent / file if file else page)
    ] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "notation.md"], ids=name)
def test_named_files_exist(page: Path) -> None:
    """Paths in backticks that begin with a folder of the repository."""
    text = page.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:cpp|python|tests|bench|docs|examples)(?:/[\w./-]+)?)`", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
