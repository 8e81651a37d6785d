"""The tape of four gates: each gate by itself, the functions built of them, and whole networks."""

from __future__ import annotations

import numpy as np
import pytest

from ravine.reference import ACTIVATIONS, EmpiricalRisk, Network
from ravine.reference.tape import Wire
from ravine.reference.tape_functions import FUNCTIONS, exp, expm1, log, reciprocal
from ravine.reference.tape_network import product, value_and_gradient
from support.losses import NAMES
from support.risk_pairs import make_pair

RNG = np.random.default_rng(11)
EPS = float(np.finfo(np.float64).eps)


def test_gates_send_derivatives_home() -> None:
    x, y = Wire([2.0, 5.0]), Wire([3.0, -1.0])
    ((x + y) + (x * y) + x.max(y)).backward()
    np.testing.assert_array_equal(x.gradient, [1 + 3 + 0, 1 - 1 + 1])
    np.testing.assert_array_equal(y.gradient, [1 + 2 + 1, 1 + 5 + 0])


def test_copies_add_up_and_what_is_not_copied_gets_nothing() -> None:
    x = Wire([[1.0, 2.0], [3.0, 4.0]])
    copies = x.copy(np.array([3, 3, 0]))
    (copies * np.array([1.0, 10.0, 100.0])).backward()
    np.testing.assert_array_equal(copies.value, [4.0, 4.0, 1.0])
    np.testing.assert_array_equal(x.gradient, [[100.0, 0.0], [0.0, 11.0]])


def test_a_wire_used_twice_receives_both_and_a_second_walk_starts_afresh() -> None:
    x = Wire([3.0])
    y = x * x * x
    for _ in range(2):
        y.backward()
        assert x.gradient == [27.0]


def test_a_tie_goes_to_the_first() -> None:
    x, y = Wire([1.0]), Wire([1.0])
    x.max(y).backward()
    assert (x.gradient, y.gradient) == ([1.0], [0.0])


def test_product_is_the_matrix_product_and_so_are_its_derivatives() -> None:
    A, B, G = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 5)), RNG.normal(size=(3, 5))
    left, right = Wire(A), Wire(B)
    C = product(left, right)
    (C * G).backward()
    np.testing.assert_allclose(C.value, A @ B, rtol=1e-13)
    np.testing.assert_allclose(left.gradient, G @ B.T, rtol=1e-13)
    np.testing.assert_allclose(right.gradient, A.T @ G, rtol=1e-13)


def test_reciprocal_exp_and_log_and_their_derivatives() -> None:
    x = RNG.uniform(-30, 30, 500)
    for function, at, value, slope in [
        (reciprocal, x, 1 / x, -1 / x**2),
        (exp, x, np.exp(x), np.exp(x)),
        (expm1, x, np.expm1(x), np.exp(x)),
        (log, np.abs(x), np.log(np.abs(x)), 1 / np.abs(x)),
    ]:
        wire = Wire(at)
        result = function(wire)
        result.backward()
        np.testing.assert_allclose(result.value, value, rtol=8 * EPS, atol=EPS)
        np.testing.assert_allclose(wire.gradient, slope, rtol=8 * EPS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_functions_of_gates_have_the_value_and_the_slope_of_the_formulas(name: str) -> None:
    """gelu's series multiplies rounding by up to the square of its argument."""
    z = np.concatenate([np.linspace(-40, 40, 1001), [0.0, 1e-9, -1e-9, 1e-300]])
    wire = Wire(z)
    result = FUNCTIONS[name](wire)
    result.backward()
    wide = 1 + np.minimum(z**2, 81) if name == "gelu" else 1
    assert (np.abs(result.value - ACTIVATIONS[name](z, 0)) <= 8 * EPS * wide * (1 + np.abs(z))).all()
    assert (np.abs(wire.gradient - ACTIVATIONS[name](z, 1)) <= 8 * EPS * wide).all()


@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_risk_on_the_tape_is_the_risk(name: str, loss: str) -> None:
    net = Network([3, 6, 5, 4], [name, name, "identity"], [True, False, True])
    y = {
        "squared_error": RNG.normal(size=(9, 4)),
        "cross_entropy": RNG.integers(0, 4, size=9),
        "binary_cross_entropy": RNG.random((9, 4)),
    }[loss]
    risk = EmpiricalRisk(net, RNG.normal(size=(9, 3)), y, loss, l2=0.2, sample_weight=RNG.random(9))
    theta = RNG.normal(size=net.parameter_count)
    for part in (risk, risk.subset([2, 7, 7, 1])):
        value, gradient = value_and_gradient(part, theta)
        want, want_gradient = part.value_and_gradient(theta)
        np.testing.assert_allclose(value, want, rtol=40 * EPS)
        np.testing.assert_allclose(gradient, want_gradient, rtol=0, atol=100 * EPS * np.abs(gradient).max())


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("loss", NAMES)
def test_every_loss_and_penalty_on_the_tape_is_the_compiled_one(loss: str, reduction: str) -> None:
    """The tape knows no derivative of a loss, so it judges both the kernels and the textbook."""
    shape = {"widths": (3, 6, 4), "rows": 14}
    rng = np.random.default_rng(5)
    both = {"sample_weight": rng.random(14), "reduction": reduction, "l1": [0.02, 0.1], "l2": [0.3, 0.1]}
    both["prior"] = rng.normal(size=52)
    ours, theirs = make_pair(loss, **shape, **both)
    for compiled, textbook in ((ours, theirs), (ours.subset([2, 7, 7, 1]), theirs.subset([2, 7, 7, 1]))):
        value, gradient = value_and_gradient(textbook, ours.net.theta)
        for got, got_gradient in (
            compiled.value_and_gradient(),
            textbook.value_and_gradient(ours.net.theta),
        ):
            np.testing.assert_allclose(got, value, rtol=100 * EPS)
            np.testing.assert_allclose(
                got_gradient, gradient, rtol=0, atol=300 * EPS * np.abs(gradient).max()
            )


def test_soft_labels_on_the_tape() -> None:
    rng = np.random.default_rng(6)
    ours, theirs = make_pair("cross_entropy", rows=9, y=rng.dirichlet(np.ones(4), size=9))
    value, gradient = value_and_gradient(theirs, ours.net.theta)
    np.testing.assert_allclose(ours.value(), value, rtol=100 * EPS)
    np.testing.assert_allclose(ours.gradient(), gradient, rtol=0, atol=300 * EPS * np.abs(gradient).max())


def test_an_unknown_loss_is_refused() -> None:
    net = Network([1, 1], ["identity"], [False])
    risk = EmpiricalRisk(net, np.ones((1, 1)), np.ones(1), loss="zero_one")
    with pytest.raises(ValueError, match="zero_one"):
        value_and_gradient(risk, np.ones(1))
