"""The Python file: nothing but NumPy, and the same numbers."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ravine as rv
from support.exported import (
    ACTIVATIONS,
    DTYPES,
    assert_digits_kept,
    assert_equal_to_rounding,
    from_tail_to_tail,
    network,
    one_unit,
    samples,
    scaled,
)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("units", ["the network's", "raw"])
def test_the_function_computes_the_same(tmp_path: Path, activation: str, dtype: str, units: str) -> None:
    net = network(activation, dtype)
    model = net if units == "the network's" else scaled(net)
    X = samples(model)
    rv.export.to_numpy(model, tmp_path / "net.py")
    got = runpy.run_path(str(tmp_path / "net.py"))["predict"](X)
    assert got.dtype == model.predict(X).dtype
    assert_equal_to_rounding(model, X, got)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_far_from_zero_and_close_to_it(tmp_path: Path, activation: str, dtype: str) -> None:
    net = one_unit(activation, dtype)
    X = from_tail_to_tail(dtype)
    rv.export.to_numpy(net, tmp_path / "net.py")
    assert_digits_kept(net, X, runpy.run_path(str(tmp_path / "net.py"))["predict"](X))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_numbers_come_back_to_the_bit(tmp_path: Path, dtype: str) -> None:
    net = network("tanh", dtype)
    net.theta[:3] = [np.finfo(dtype).max, -0.0, np.finfo(dtype).smallest_subnormal]
    rv.export.to_numpy(net, tmp_path / "net.py")
    module = runpy.run_path(str(tmp_path / "net.py"))
    parts = [module["W0"].ravel(), module["B0"], module["W1"].ravel(), module["W2"].ravel(), module["B2"]]
    assert np.concatenate(parts).tobytes() == net.theta.tobytes()


def test_it_imports_numpy_and_nothing_of_ravine(tmp_path: Path) -> None:
    model = scaled(network("gelu", "float64"))
    rv.export.to_numpy(model, tmp_path / "net.py", features=["a", "'\"\n", "größe"], outputs=["u", "v"])
    program = (
        "import json, sys, net\n"
        "assert 'ravine' not in sys.modules\n"
        "print(json.dumps([net.FEATURES, net.OUTPUTS, net.predict([[1.0, 2.0, 3.0]]).tolist()]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    features, outputs, answers = json.loads(done.stdout)
    assert (features, outputs) == (["a", "'\"\n", "größe"], ["u", "v"])
    np.testing.assert_allclose(answers, model.predict([[1.0, 2.0, 3.0]]), rtol=1e-13)


@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 3, 1)])
def test_other_shapes_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    rv.export.to_numpy(network("relu", "float64"), tmp_path / "net.py")
    predict = runpy.run_path(str(tmp_path / "net.py"))["predict"]
    with pytest.raises(ValueError, match=r"X must have shape \(N, 3\), got"):
        predict(np.zeros(shape))
    assert predict(np.zeros((0, 3))).shape == (0, 2)


def test_lines_fit_a_screen(tmp_path: Path) -> None:
    rv.export.to_numpy(rv.MLP([40, 30, 2], seed=0), tmp_path / "net.py")
    assert max(map(len, (tmp_path / "net.py").read_text(encoding="utf-8").splitlines())) <= 110
