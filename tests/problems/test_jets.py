"""Jets: every operation against differences of the order below, and the corners of the power."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine.problems.jets import Jet, join

OPERATIONS = {
    "add": lambda u, v: u + v,
    "subtract": lambda u, v: 3 - u - v,
    "multiply": lambda u, v: u * v,
    "divide": lambda u, v: u / v + 2 / u,
    "power": lambda u, v: u**v + u**3 + 2.0**v + u**-0.5,
    "arctan2": lambda u, v: np.arctan2(u, -v) + np.arctan2(u, 2.0),
    "exp": lambda u, v: np.exp(-u * v) + np.expm1(u) + np.negative(v),
    "sqrt": lambda u, v: np.sqrt(u + 2 * v) + np.absolute(u - 7),
    "trigonometric": lambda u, v: np.sin(u) * np.cos(v) + np.arctan(u * v),
    "square": lambda u, v: np.square(u - v),
    "sum": lambda u, v: (np.array([1.0, 2.0]) * u).sum() * v,
    "linear": lambda u, v: np.array([2.0, 1.0]) @ join([u, v * v]),
}
H = 1e-5


@pytest.mark.parametrize("operation", OPERATIONS)
@given(point=st.tuples(st.floats(0.5, 3.0), st.floats(0.5, 3.0)))
@settings(max_examples=5, deadline=None)
def test_every_operation_against_differences(operation: str, point: tuple[float, float]) -> None:
    def formula(x):
        return OPERATIONS[operation](x[0], x[1])

    def first(x: np.ndarray) -> np.ndarray:
        return formula(Jet.variables(x, order=1)).slope

    theta = np.array(point)
    jet = formula(Jet.variables(theta))
    assert jet.value == pytest.approx(formula(theta))
    units = np.eye(2) * H
    slope = [(formula(theta + e) - formula(theta - e)) / (2 * H) for e in units]
    bend = [(first(theta + e) - first(theta - e)) / (2 * H) for e in units]
    np.testing.assert_allclose(jet.slope, slope, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(jet.bend, bend, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(jet.bend, jet.bend.T)
    np.testing.assert_allclose(first(theta), jet.slope, rtol=1e-14)


@pytest.mark.parametrize(("exponent", "slope", "bend"), [(0, 0, 0), (1, 1, 0), (2, 0, 2), (3, 0, 0)])
def test_whole_powers_of_zero(exponent: int, slope: float, bend: float) -> None:
    with np.errstate(all="ignore"):
        jet = Jet.variables(np.zeros(1))[0] ** exponent
    assert (jet.slope[0], jet.bend[0, 0]) == (slope, bend)


def test_join_puts_numbers_among_jets() -> None:
    x = Jet.variables(np.array([2.0, 3.0]))
    jet = join([1.0, x, np.array([4.0, 5.0]), x[1]])
    assert jet.value.tolist() == [1, 2, 3, 4, 5, 3]
    assert jet.slope.tolist() == [[0, 0], [1, 0], [0, 1], [0, 0], [0, 0], [0, 1]]
    assert jet.bend.shape == (6, 2, 2)
    assert len(jet) == 6
    assert join([1.0, np.array([2.0])]).tolist() == [1, 2]


def test_what_a_jet_does_not_know_is_a_type_error() -> None:
    x = Jet.variables(np.ones(2))
    for attempt in (
        lambda: np.tan(x),
        lambda: np.fmod(x, 2.0),
        lambda: np.add.reduce(x),
        lambda: x @ np.eye(2),
        lambda: np.exp(x, out=(np.ones(2),)),
    ):
        with pytest.raises(TypeError):
            attempt()
