"""θ, gradients and out are strict: what does not fit is refused and nothing is written, not even in part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.memory import laid_out_at
from support.problems import Problem

PROBLEM = Problem(rows=9)
P = PROBLEM.theta.size
REFUSED = (ValueError, TypeError)
MARK = 7.0


def full(shape: int | tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    return np.full(shape, MARK, dtype)


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


BAD_VECTORS: dict[str, Callable[[], Any]] = {
    "short": lambda: full(P - 1),
    "long": lambda: full(P + 1),
    "column": lambda: full((P, 1)),
    "row": lambda: full((1, P)),
    "empty": lambda: full(0),
    "scalar": lambda: full(()),
    "float32": lambda: full(P, np.float32),
    "int": lambda: full(P, np.int64),
    "complex": lambda: full(P, np.complex128),
    "object": lambda: full(P, object),
    "strided": lambda: full(2 * P)[::2],
    "reversed": lambda: full(P)[::-1],
    "broadcast": lambda: np.broadcast_to(full(1), (P,)),
    "swapped": lambda: full(P, np.dtype(np.float64).newbyteorder()),
    "unaligned": lambda: laid_out_at(full(P), 1),
    "list": lambda: [MARK] * P,
    "text": lambda: "theta",
    "number": lambda: MARK,
}


@pytest.mark.parametrize("kind", BAD_VECTORS)
def test_theta_that_does_not_fit(kind: str) -> None:
    risk, theta = PROBLEM.risk(), BAD_VECTORS[kind]()
    out = full(P)
    for call in (risk.value, risk.gradient, risk.value_and_gradient):
        with pytest.raises(REFUSED, match="theta"):
            call(theta)
    with pytest.raises(REFUSED, match="theta"):
        risk.value_and_gradient(theta, out=out)
    assert (out == MARK).all()


@pytest.mark.parametrize("kind", [*BAD_VECTORS, "read_only"])
def test_out_that_does_not_fit(kind: str) -> None:
    out = read_only(full(P)) if kind == "read_only" else BAD_VECTORS[kind]()
    risk = PROBLEM.risk()
    for call in (risk.gradient, risk.value_and_gradient):
        with pytest.raises(REFUSED, match="out"):
            call(out=out)
    if isinstance(out, np.ndarray):
        assert (out == MARK).all()


@pytest.mark.parametrize("kind", [*BAD_VECTORS, "read_only"])
def test_bind_refuses_a_buffer_that_does_not_fit(kind: str) -> None:
    buffer = read_only(full(P)) if kind == "read_only" else BAD_VECTORS[kind]()
    net = PROBLEM.network()
    with pytest.raises(REFUSED, match="buffer"):
        net.bind(buffer)
    np.testing.assert_array_equal(net.theta, PROBLEM.theta)


@pytest.mark.parametrize(
    "kind", ["short", "long", "column", "row", "empty", "complex", "object", "text", "scalar"]
)
def test_values_that_do_not_fit_theta_leave_it_as_it_was(kind: str) -> None:
    net = PROBLEM.network()
    with pytest.raises(REFUSED, match="theta"):
        net.theta = BAD_VECTORS[kind]()
    np.testing.assert_array_equal(net.theta, PROBLEM.theta)


@pytest.mark.parametrize("kind", [*BAD_VECTORS, "read_only"])
@pytest.mark.parametrize("which", ["theta", "gradient"])
@pytest.mark.parametrize("rule", [rv.optim.SGD, rv.optim.Adam])
def test_steps_on_buffers_that_do_not_fit(rule: Any, which: str, kind: str) -> None:
    bad = read_only(full(P)) if kind == "read_only" else BAD_VECTORS[kind]()
    theta, gradient = (bad, full(P)) if which == "theta" else (full(P), bad)
    if kind == "read_only" and which == "gradient":
        rule().step(theta, gradient)  # a gradient is only read
        return
    optimizer = rule()
    if kind in ("strided", "reversed") and which == "theta":
        assert not bad.flags.c_contiguous
    with pytest.raises(REFUSED, match=r"theta|gradient"):
        optimizer.step(theta, gradient)
    for array in (theta, gradient):
        if isinstance(array, np.ndarray):
            assert (array == MARK).all()
    optimizer.step(full(3), full(3))  # a refused step leaves no state behind


def test_out_of_predict_and_jacobian_is_strict() -> None:
    net, X = PROBLEM.network(), PROBLEM.X
    shapes: dict[Callable[..., Any], tuple[int, ...]] = {net.predict: (9, 3), net.jacobian: (9, 3, P)}
    for call, shape in shapes.items():
        bad = [
            full(shape[:-1]),
            full((*shape[:-1], shape[-1] + 1)),
            full((*shape, 1)),
            full(shape, np.float32),
            np.asfortranarray(full(shape)),
            full((*shape[:-1], 2 * shape[-1]))[..., ::2],
            read_only(full(shape)),
            laid_out_at(full(shape), 1),
            full(shape, np.dtype(np.float64).newbyteorder()),
        ]
        for out in bad:
            with pytest.raises(REFUSED, match="out"):
                call(X, out=out)
            assert (out == MARK).all()
        with pytest.raises(REFUSED, match="out"):
            call(X, out=[0.0])


def test_results_may_not_overlap_what_they_are_computed_from() -> None:
    risk, net = PROBLEM.risk(), PROBLEM.network()
    block = np.concatenate([PROBLEM.theta, PROBLEM.theta])
    for shift in (0, 1, P // 2, P - 1):
        before = block.copy()
        with pytest.raises(ValueError, match="overlap"):
            risk.gradient(block[:P], out=block[shift : shift + P])
        np.testing.assert_array_equal(block, before)
    np.testing.assert_array_equal(risk.gradient(block[:P], out=block[P:]), risk.gradient())
    with pytest.raises(ValueError, match="overlap"):
        risk.gradient(out=risk.net.theta)
    rows = np.concatenate([PROBLEM.X.ravel(), np.zeros(27)])
    with pytest.raises(ValueError, match="overlap"):
        net.predict(rows[:36].reshape(9, 4), out=rows[9:36].reshape(9, 3))
    with pytest.raises(ValueError, match="overlap"):
        net.predict(PROBLEM.X[:8], out=net.theta[:24].reshape(8, 3))


@pytest.mark.parametrize("argument", ["X", "y", "sample_weight"])
def test_a_gradient_may_not_be_written_over_the_data(argument: str) -> None:
    wide = Problem(rows=60, weighted=True)
    assert wide.w is not None
    data = {"X": wide.X, "y": wide.y, "sample_weight": wide.w}
    block = np.zeros(max(P, data[argument].size))
    view = block[: data[argument].size].reshape(data[argument].shape)
    view[...] = data[argument]
    risk, before = wide.risk(**{argument: view}), block.copy()
    with pytest.raises(ValueError, match="overlap"):
        risk.gradient(out=block[:P])
    np.testing.assert_array_equal(block, before)


@pytest.mark.parametrize("rule", [rv.optim.SGD, rv.optim.Adam])
def test_theta_and_its_gradient_may_not_overlap(rule: Any) -> None:
    block = full(2 * P)
    for shift in (0, 1, P - 1):
        with pytest.raises(ValueError, match="overlap"):
            rule().step(block[:P], block[shift : shift + P])
    assert (block == MARK).all()
    rule().step(block[:P], block[P:])


def test_a_parameter_vector_of_no_length_steps_nowhere() -> None:
    for rule in (rv.optim.SGD, rv.optim.Adam):
        rule().step(np.zeros(0), np.zeros(0))
