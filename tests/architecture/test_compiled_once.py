"""The bindings are compiled once for all CPU levels: nothing that depends on the level reaches them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rooms import CPP, INCLUDE, NO_ROOMS

GUARD = "base/one_level.hpp"
# What a compiler defines by the CPU that it compiles for, and types that are laid out by it.
DEPENDS = re.compile(
    r"\b__(?:AVX|SSE|FMA|F16C|BMI|ARM_|BIGGEST_ALIGNMENT)\w*|\bvector_size\b|\bRAVINE_LEVEL_NAME\b"
    r"|#\s*include\s*<(?:Eigen/|immintrin|\w+mmintrin|arm_neon)"
)
COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


def headers_of(source: Path, cpp: Path = CPP) -> dict[str, str]:
    """The text of a source and of all that it includes of cpp/, headers of headers too, by name."""
    found: dict[str, str] = {}
    todo = [source.relative_to(cpp).as_posix()]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = (cpp / name).read_text(encoding="utf-8")
            todo += [target for _, target in INCLUDE.findall(found[name]) if (cpp / target).is_file()]
    return found


def code(text: str) -> str:
    """Without comments, which may speak of what is forbidden."""
    return re.sub(r"//.*", "", text)


@pytest.mark.parametrize("source", sorted((CPP / "bindings").glob("*.cpp")), ids=lambda path: path.name)
def test_bindings_see_nothing_that_depends_on_the_level(source: Path) -> None:
    seen = headers_of(source)
    assert GUARD not in seen
    assert {name: found[0] for name, text in seen.items() if (found := DEPENDS.findall(code(text)))} == {}


def test_every_header_that_depends_on_the_level_includes_the_guard() -> None:
    depending = [
        path
        for path in sorted(CPP.rglob("*.hpp"))
        if path.parent.name not in NO_ROOMS and DEPENDS.search(code(path.read_text(encoding="utf-8")))
    ]
    names = {path.relative_to(CPP).as_posix() for path in depending}
    assert {"base/simd.hpp", "base/matrix.hpp", GUARD} <= names, "the pattern has lost its meaning"
    assert [path.name for path in depending if GUARD not in headers_of(path)] == []


@pytest.mark.skipif(COMPILER is None, reason="needs a compiler")
@pytest.mark.parametrize("level", [None, "v2"])
def test_the_compiler_refuses_such_a_header_without_a_level(level: str | None) -> None:
    assert COMPILER is not None
    definition = [] if level is None else [f'-DRAVINE_LEVEL_NAME="{level}"']
    done = subprocess.run(
        [COMPILER, "-std=c++20", "-fsyntax-only", "-x", "c++", f"-I{CPP}", *definition, "-"],
        input=f'#include "{GUARD}"\n',
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (level is not None)
    assert ("depends on the CPU level" in done.stderr) == (level is None)


def test_the_check_sees_through_headers(tmp_path: Path) -> None:
    for name, text in [
        ("base/width.hpp", "#ifdef __AVX__\n#endif\n"),
        ("linalg/a.hpp", '#include "base/width.hpp"\n'),
        ("bindings/a.cpp", '#include "linalg/a.hpp"\n'),
    ]:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    seen = headers_of(tmp_path / "bindings/a.cpp", tmp_path)
    assert [name for name, text in seen.items() if DEPENDS.search(code(text))] == ["base/width.hpp"]
    assert not DEPENDS.search(code("// __AVX__ in a comment\n"))
