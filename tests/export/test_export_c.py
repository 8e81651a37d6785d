"""The C file, compiled with every warning as an error, by a C and a C++ compiler."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import ravine as rv
from support.exported import (
    ACTIVATIONS,
    DTYPES,
    WIDTHS,
    assert_digits_kept,
    assert_equal_to_rounding,
    from_tail_to_tail,
    network,
    one_unit,
    samples,
    scaled,
)

COMPILERS = {
    "C": ["gcc", "-std=c99"],
    "C++": ["g++", "-x", "c++", "-std=c++98"],
}
compiled = pytest.mark.skipif(
    sys.platform == "win32" or not (shutil.which("gcc") and shutil.which("g++")),
    reason="the generated file is compiled by gcc and g++, and loaded",
)


def built(source: Path, language: str = "C") -> Path:
    library = source.with_suffix(f".{language}.so")
    subprocess.run(
        [
            *COMPILERS[language],
            "-Wall",
            "-Wextra",
            "-pedantic",
            "-Werror",
            "-O2",
            "-fPIC",
            "-shared",
            "-o",
            library,
            source,
            "-lm",
        ],
        check=True,
    )
    return library


def computed(library: Path, name: str, X: NDArray[Any], outputs: int) -> NDArray[Any]:
    function = getattr(ctypes.CDLL(str(library)), name)
    answers = np.full((len(X), outputs), np.nan, X.dtype)
    for x, y in zip(X, answers, strict=True):
        function(x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p))
    return answers


@compiled
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("units", ["the network's", "raw"])
def test_the_compiled_function_computes_the_same(tmp_path: Path, dtype: str, units: str) -> None:
    """All activations in one program: the files must get along with each other as well."""
    text = []
    for activation in ACTIVATIONS:
        net = network(activation, dtype)
        rv.export.to_c(net if units == "the network's" else scaled(net), tmp_path / f"net_{activation}.c")
        text.append((tmp_path / f"net_{activation}.c").read_text(encoding="utf-8"))
    (tmp_path / "all.c").write_text("\n".join(text), encoding="utf-8")
    for language in COMPILERS:
        library = built(tmp_path / "all.c", language)
        for activation in ACTIVATIONS:
            net = network(activation, dtype)
            model = net if units == "the network's" else scaled(net)
            X = samples(model)
            assert_equal_to_rounding(model, X, computed(library, f"net_{activation}", X, WIDTHS[-1]))


@compiled
@pytest.mark.parametrize("dtype", DTYPES)
def test_activations_far_from_zero_and_close_to_it(tmp_path: Path, dtype: str) -> None:
    for activation in ACTIVATIONS:
        rv.export.to_c(one_unit(activation, dtype), tmp_path / f"unit_{activation}.c")
    text = "\n".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("unit_*.c"))
    (tmp_path / "all.c").write_text(text, encoding="utf-8")
    library = built(tmp_path / "all.c")
    X = from_tail_to_tail(dtype)
    for activation in ACTIVATIONS:
        assert_digits_kept(one_unit(activation, dtype), X, computed(library, f"unit_{activation}", X, 1))


@compiled
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_numbers_come_back_to_the_bit(tmp_path: Path, dtype: str) -> None:
    """One layer without bias, and unit vectors: the weights are what comes out."""
    info = np.finfo(dtype)
    special = [info.max, -info.max, info.tiny, info.smallest_subnormal, 1 / 3, -0.1, 2.0, 1e22, 0.0]
    net = rv.MLP([300, 1], bias=False, dtype=dtype, seed=1)
    net.theta[: len(special)] = special
    rv.export.to_c(net, tmp_path / "net.c")
    got = computed(built(tmp_path / "net.c"), "net", np.eye(300, dtype=dtype), 1)
    assert got.ravel().tobytes() == net.theta.tobytes()


@compiled
@pytest.mark.parametrize("part", ["inputs", "targets"])
def test_one_standardiser_alone(tmp_path: Path, part: str) -> None:
    whole = scaled(network("identity", "float64"))
    model = rv.ScaledModel(whole.net, **{part: getattr(whole, part)})
    X = np.random.default_rng(0).normal(size=(20, 3))
    rv.export.to_c(model, tmp_path / "net.c")
    assert_equal_to_rounding(model, X, computed(built(tmp_path / "net.c"), "net", X, 2))


@compiled
def test_hostile_names_of_columns_stay_in_the_comment(tmp_path: Path) -> None:
    names = ["*/ int x; /*", "??/", "a\nb\u202e\\"]
    rv.export.to_c(network("tanh", "float64"), tmp_path / "net.c", features=names, outputs=["größe", "/"])
    built(tmp_path / "net.c")
    text = (tmp_path / "net.c").read_text(encoding="utf-8")
    assert " * y[0]  größe\n" in text
    assert " * x[2]  a\\nb\\u202e\\\n" in text


def test_the_comment_says_how_to_call_it(tmp_path: Path) -> None:
    rv.export.to_c(scaled(network("relu", "float32")), tmp_path / "flowers.model.c", features=["a", "b", "c"])
    head, _, code = (tmp_path / "flowers.model.c").read_text(encoding="utf-8").partition("*/")
    assert "void flowers_model(const float *x, float *y);" in head
    assert "a network 3-7-5-2 (relu, relu, relu), float32, raw inputs and outputs" in head
    assert "x: the 3 inputs of one sample. y: its 2 outputs" in head
    assert f"{4 * (3 + 7 + 5)} bytes of stack" in head
    assert " * x[1]  b\n" in head
    assert [line for line in code.splitlines() if line.startswith("#include")] == ["#include <math.h>"]
    assert "alloc" not in code


@pytest.mark.parametrize(
    "name",
    ["", "1a", "a-b", "a b", "größe", "_a", "a__b", "double", "class", "main", "tanh", "expf", "NaN;", "a\n"],
)
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name must be"):
        rv.export.to_c(network("tanh", "float64"), tmp_path / "net.c", name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_name_makes_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got '2nd'"):
        rv.export.to_c(network("tanh", "float64"), tmp_path / "2nd.c")
    with pytest.raises(TypeError, match="name must be text or None"):
        rv.export.to_c(network("tanh", "float64"), tmp_path / "net.c", 3)  # type: ignore[arg-type]  # that is the test
    rv.export.to_c(network("tanh", "float64"), tmp_path / "2nd.c", "second")
