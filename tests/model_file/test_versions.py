"""Files of earlier versions still load, and mean what they meant.

The files in version_1 were written by the first version of the format: surface.npz and flowers.npz by
`ravine train` on 40 and 45 rows, bare.npz by `MLP.save`. The expected numbers are what it predicted.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import ravine as rv
from ravine.cli import main
from ravine.model_file import load_model, save_model

OLD = Path(__file__).parent / "version_1"


def test_a_bare_network() -> None:
    net = rv.load(OLD / "bare.npz")
    assert isinstance(net, rv.MLP)
    assert (net.widths, net.activations, net.biases) == ((2, 2, 1), ("relu", "identity"), (True, False))
    assert net.theta[:2].tolist() == [-1.014948114995359, -0.6446799645011546]


def test_a_regression_of_the_command_is_a_scaled_model_now() -> None:
    model, extra = load_model(OLD / "surface.npz")
    assert isinstance(model, rv.ScaledModel)
    assert model.targets is not None
    assert extra == {"task": "regression", "target": "height", "features": ["a", "b"], "classes": []}
    predicted = model.predict([[-0.8287, -0.5264], [0.6025, 0.1643]])
    np.testing.assert_allclose(predicted[:, 0], [100.9113200922561, 97.55825568084974], rtol=1e-13)


def test_a_classification_of_the_command_is_a_scaled_model_now() -> None:
    model = rv.load(OLD / "flowers.npz")
    assert isinstance(model, rv.ScaledModel)
    assert model.net.dtype == np.float32
    assert model.targets is None
    p = model.predict_proba([[-0.006, -0.112]])
    np.testing.assert_allclose(p, [[0.795362, 0.114492, 0.090146]], atol=1e-6)


def test_the_command_reads_its_old_files(tmp_path: Path) -> None:
    table, answers = tmp_path / "new.csv", tmp_path / "answers.csv"
    table.write_text("a,b\n-0.8287,-0.5264\n", encoding="utf-8")
    assert main(["predict", str(OLD / "surface.npz"), str(table), "--out", str(answers)]) == 0
    assert abs(float(answers.read_text(encoding="utf-8").split()[1]) - 100.9113200922561) < 1e-9


def test_a_file_that_is_saved_again_is_of_this_version(tmp_path: Path) -> None:
    model, extra = load_model(OLD / "surface.npz")
    save_model(model, tmp_path / "new.npz", extra)
    again, same = load_model(tmp_path / "new.npz")
    assert isinstance(model, rv.ScaledModel)
    assert isinstance(again, rv.ScaledModel)
    assert same == extra
    assert (again.inputs, again.targets) == (model.inputs, model.targets)
    assert again.net.theta.tobytes() == model.net.theta.tobytes()
