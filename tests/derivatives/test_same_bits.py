"""Neither the number of threads, nor where a buffer lies, nor the layout of the data changes a bit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import ravine as rv
from support.memory import BORROWED, CONVERTED, laid_out_at
from support.problems import DTYPES, LOSSES, Problem, shape

SIZES = [
    Problem(rows=1),
    Problem(rows=1000, weighted=True, l2=0.1),
    Problem(widths=(64, 64, 64, 10), rows=1003),
    Problem(widths=(30, 300, 5), activations=("relu", "identity"), biases=(True, True), rows=517),
    Problem(widths=(1, 700, 1), activations=("sin", "identity"), biases=(True, False), rows=2100),
    Problem(
        widths=(20, 520, 540, 7),
        activations=("tanh", "relu", "identity"),
        biases=(True, True, True),
        rows=130,
    ),
]


@pytest.fixture(params=SIZES, ids=shape)
def size(request: pytest.FixtureRequest) -> Problem:
    problem: Problem = request.param
    return problem


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_one_to_four_threads(size: Problem, loss: str, dtype: str) -> None:
    problem = replace(size, loss=loss, dtype=dtype)
    risk, net = problem.risk(), problem.network()
    images = set()
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        assert rv.get_num_threads() == threads
        value, gradient = risk.value_and_gradient()
        J = net.jacobian(problem.X[:20])
        images.add((value, gradient.tobytes(), net.predict(problem.X).tobytes(), J.tobytes()))
    assert len(images) == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_addresses_of_buffers(size: Problem, dtype: str) -> None:
    problem = replace(size, loss="squared_error", dtype=dtype)
    images = set()
    for offset in (0, 8, 24, 40, 56):
        X, y = laid_out_at(problem.X, offset), laid_out_at(problem.y, (offset + 16) % 64)
        theta, out = (
            laid_out_at(problem.theta, (offset + 32) % 64),
            laid_out_at(problem.theta, (offset + 48) % 64),
        )
        risk = problem.risk(X=X, y=y)
        value, gradient = risk.value_and_gradient(theta, out=out)
        assert gradient is out
        images.add((value, out.tobytes()))
    assert len(images) == 1


@pytest.mark.parametrize("layout", [*BORROWED, *CONVERTED])
@pytest.mark.parametrize("dtype", DTYPES)
def test_layouts_of_data(layout: str, dtype: str) -> None:
    problem = Problem(dtype=dtype, weighted=True, rows=37)
    lay = {**BORROWED, **CONVERTED}[layout]
    want = problem.risk().value_and_gradient()
    got = problem.risk(X=lay(problem.X), y=lay(problem.y)).value_and_gradient()
    assert got[0] == want[0]
    assert got[1].tobytes() == want[1].tobytes()


@pytest.mark.usefixtures("restore_threads")
def test_a_risk_may_be_asked_by_several_python_threads_at_once() -> None:
    problem = Problem(widths=(20, 60, 40, 4), rows=700)
    risk = problem.risk()
    thetas = [problem.theta * (1 + k / 10) for k in range(8)]
    want = [risk.value_and_gradient(theta) for theta in thetas]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(risk.value_and_gradient, thetas * 4))
    for (value, gradient), (want_value, want_gradient) in zip(got, want * 4, strict=True):
        assert value == want_value
        assert gradient.tobytes() == want_gradient.tobytes()
