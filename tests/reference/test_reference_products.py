"""The textbook's products, and that the textbook needs nothing but NumPy."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from ravine import reference
from ravine.reference import product, product_by_definition, rounding_bound

RNG = np.random.default_rng(13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_agree_within_the_rounding_bound(dtype: type) -> None:
    A, B = RNG.normal(size=(7, 40)).astype(dtype), RNG.normal(size=(40, 5)).astype(dtype)
    by_definition = product_by_definition(A, B)
    assert (np.abs(product(A, B) - by_definition) <= rounding_bound(A, B)).all()


def test_product_by_definition_rounds_float32_products_once() -> None:
    A, B = RNG.normal(size=(3, 20)).astype(np.float32), RNG.normal(size=(20, 2)).astype(np.float32)
    C = product_by_definition(A, B)
    for i in range(3):
        for j in range(2):
            terms = zip(A[i].tolist(), B[:, j].tolist(), strict=True)
            assert C[i, j] == float(sum(Fraction(a) * Fraction(b) for a, b in terms))


def test_an_inner_size_of_zero_gives_zeros() -> None:
    assert (product_by_definition(np.ones((2, 0)), np.ones((0, 3))) == np.zeros((2, 3))).all()


def test_the_textbook_imports_numpy_itself_and_the_standard_library_only() -> None:
    allowed = {
        "__future__",
        "collections",
        "dataclasses",
        "functools",
        "itertools",
        "math",
        "typing",
        "numpy",
    }
    for path in Path(reference.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [str(node.module)]
            for name in names:
                assert name.startswith("ravine.reference") or name.split(".")[0] in allowed, path.name
