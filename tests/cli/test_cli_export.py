"""`ravine export`: the form by the ending, the names of columns and classes inside."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ravine as rv
from ravine.model_file import load_model
from support.command import Run

Command = Callable[..., Run]
TRAIN = ["--hidden", "6", "--epochs", "20", "--quiet", "--no-picture"]


@pytest.fixture
def flower_model(ravine: Command, flowers: str) -> str:
    assert ravine("train", flowers, "--target", "flower", *TRAIN).status == 0
    return "flowers.model.npz"


@pytest.fixture
def surface_model(ravine: Command, surface: str) -> str:
    assert ravine("train", surface, "--target", "height", *TRAIN).status == 0
    return "surface.model.npz"


def written(ravine: Command, *arguments: str) -> None:
    done = ravine("export", *arguments)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{arguments[1]}  ")
    assert done.out.count("\n") == 1


def test_a_classifier_as_onnx_has_probabilities_and_names(ravine: Command, flower_model: str) -> None:
    onnx = pytest.importorskip("onnx")
    written(ravine, flower_model, "flowers.onnx")
    proto = onnx.load("flowers.onnx")
    assert [value.name for value in proto.graph.output] == ["outputs", "probabilities"]
    names = {entry.key: json.loads(entry.value) for entry in proto.metadata_props}
    assert names == {"features": ["length", "width"], "outputs": ["iris", "lily", "rose"]}
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession("flowers.onnx", providers=["CPUExecutionProvider"])
    X = np.array([[2.1, -1.9], [0.0, 0.1]])
    model = rv.load(flower_model)
    np.testing.assert_allclose(session.run(None, {"X": X})[1], model.predict_proba(X), atol=1e-14)


def test_a_regression_as_onnx_has_one_output(ravine: Command, surface_model: str) -> None:
    onnx = pytest.importorskip("onnx")
    written(ravine, surface_model, "surface.onnx")
    assert [value.name for value in onnx.load("surface.onnx").graph.output] == ["outputs"]


def test_c_has_the_name_that_is_asked_for(ravine: Command, flower_model: str) -> None:
    written(ravine, flower_model, "flowers.model.c")
    written(ravine, flower_model, "f.c", "--name", "flower_of")
    assert "\nvoid flowers_model(" in Path("flowers.model.c").read_text(encoding="utf-8")
    text = Path("f.c").read_text(encoding="utf-8")
    assert "\nvoid flower_of(" in text
    for line in (" * x[1]  width\n", " * y[2]  rose\n"):
        assert line in text


def test_python(ravine: Command, surface_model: str) -> None:
    written(ravine, surface_model, "surface.py")
    module = runpy.run_path("surface.py")
    assert (module["FEATURES"], module["OUTPUTS"]) == (["a", "b"], ["height"])
    X = [[0.25, -0.5]]
    np.testing.assert_allclose(module["predict"](X), rv.load(surface_model).predict(X), rtol=1e-13)


def test_safetensors_go_on_as_a_model(ravine: Command, flower_model: str, flowers: str) -> None:
    written(ravine, flower_model, "flowers.safetensors")
    written(ravine, "flowers.safetensors", "again.npz")
    first, second = load_model(flower_model), load_model("again.npz")
    assert (repr(first[0]), first[1]) == (repr(second[0]), second[1])
    answers = [ravine("predict", model, flowers).out for model in (flower_model, "flowers.safetensors")]
    assert answers[0] == answers[1]


def test_train_writes_safetensors_by_the_ending(ravine: Command, flowers: str) -> None:
    done = ravine("train", flowers, "--target", "flower", "--out", "flowers.safetensors", *TRAIN)
    assert done.status == 0
    assert Path("flowers.safetensors").read_bytes()[8:9] == b"{"
    assert ravine("predict", "flowers.safetensors", flowers, "--quiet").status == 0


def test_a_bare_network_has_no_names(ravine: Command) -> None:
    rv.MLP([2, 3, 2], seed=0).save("bare.npz")
    written(ravine, "bare.npz", "bare.c")
    assert "x[0]" not in Path("bare.c").read_text(encoding="utf-8").partition("*/")[0]


def test_quiet(ravine: Command, flower_model: str) -> None:
    assert ravine("export", flower_model, "a.py", "--quiet").out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["net.npz", "a.txt"], "a.txt: expected a file that ends in .onnx, .c, .py, .safetensors, .npz"),
        (["net.npz", "a"], "a: expected a file that ends in"),
        (["net.npz", "./net.npz"], "./net.npz: this is the model as well"),
        (["net.npz", "a.py", "--name", "f"], "--name belongs to C functions: a.py is none"),
        (["net.npz", "a.c", "--name", "while"], "a.c: name must be one that C, C++ and <math.h> do not use"),
        (["net.npz", "none/a.c"], "does not exist"),
        (["none.npz", "a.c"], "none.npz"),
        (["nan.npz", "a.c"], "a.c: theta must be finite, got nan at theta[0]"),
        (["text.npz", "a.c"], "text.npz: damaged, or not a model file"),
    ],
)
def test_what_cannot_be(ravine: Command, arguments: list[str], message: str) -> None:
    net = rv.MLP([2, 1], seed=0)
    net.save("net.npz")
    net.theta[0] = np.nan
    net.save("nan.npz")
    Path("text.npz").write_text("no model", encoding="utf-8")
    before = sorted(path.name for path in Path().iterdir())
    done = ravine("export", *arguments)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert sorted(path.name for path in Path().iterdir()) == before
