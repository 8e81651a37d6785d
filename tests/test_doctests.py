"""Every `>>>` example in a docstring of the package is run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import ravine

COMPILED = ("ravine._c",)
# Modules whose examples call a package that need not be installed.
BORROWING = {
    "ravine.export.onnx_file": ["onnx"],
    "ravine.interop": ["torch", "sklearn"],
    "ravine.scipy": ["scipy"],
    "ravine.sklearn": ["sklearn"],
}
MODULES = sorted(
    ["ravine"]
    + [
        module.name
        for module in pkgutil.walk_packages(ravine.__path__, "ravine.")
        if not module.name.startswith(COMPILED) and not module.name.endswith("__main__")
    ]
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in BORROWING.get(name, []):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)  # examples may write files
    module = importlib.import_module(name)
    with np.printoptions(legacy=False):
        failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    examples = sum(
        len(test.examples) for name in MODULES for test in finder.find(importlib.import_module(name))
    )
    assert examples > 0
