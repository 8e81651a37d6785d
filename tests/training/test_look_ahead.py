"""Nesterov's exact form inside the training loop, against the books' own lines over the textbook's risk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import Array
from support.risk_pairs import make_pair

Gradient = Callable[[Array], Array]

RATE, ALPHA, RHO, DELTA = 0.05, 0.8, 0.9, 1e-3


def heavy_ball(theta: Array, gradient: Gradient) -> Iterator[Array]:
    v = np.zeros_like(theta)
    while True:
        v = ALPHA * v + gradient(theta - RATE * ALPHA * v)
        theta = theta - RATE * v
        yield theta


def velocity(theta: Array, gradient: Gradient) -> Iterator[Array]:
    """Goodfellow, Bengio and Courville 2016, algorithm 8.3."""
    v = np.zeros_like(theta)
    while True:
        g = gradient(theta + ALPHA * v)
        v = ALPHA * v - RATE * g
        theta = theta + v
        yield theta


def average(theta: Array, gradient: Gradient) -> Iterator[Array]:
    """The step is with the new average; with the old one it would diverge."""
    u = np.zeros_like(theta)
    while True:
        u = ALPHA * u + (1 - ALPHA) * gradient(theta - RATE * ALPHA * u)
        theta = theta - RATE * u
        yield theta


def unbiased_average(theta: Array, gradient: Gradient) -> Iterator[Array]:
    """The first update is t = 1."""
    u, t = np.zeros_like(theta), 1
    while True:
        rate = RATE / (1 - ALPHA**t)
        u = ALPHA * u + (1 - ALPHA) * gradient(theta - rate * ALPHA * u)
        theta = theta - rate * u
        t += 1
        yield theta


def average_a_whole_step_ahead(theta: Array, gradient: Gradient) -> Iterator[Array]:
    u = np.zeros_like(theta)
    while True:
        u = ALPHA * u + (1 - ALPHA) * gradient(theta - RATE * u)
        theta = theta - RATE * u
        yield theta


def rmsprop(theta: Array, gradient: Gradient) -> Iterator[Array]:
    """The same, algorithm 8.6."""
    r, v = np.zeros_like(theta), np.zeros_like(theta)
    while True:
        g = gradient(theta + ALPHA * v)
        r = RHO * r + (1 - RHO) * g * g
        v = ALPHA * v - RATE / np.sqrt(DELTA + r) * g
        theta = theta + v
        yield theta


RMSPROP = {"alpha": RHO, "eps": DELTA, "eps_inside_sqrt": True, "form": "velocity"}
LINES: list[tuple[Any, type[Any], dict[str, Any]]] = [
    (heavy_ball, rv.optim.SGD, {}),
    (velocity, rv.optim.SGD, {"form": "velocity"}),
    (average, rv.optim.SGD, {"form": "average"}),
    (unbiased_average, rv.optim.SGD, {"form": "average", "unbiased": True}),
    (average_a_whole_step_ahead, rv.optim.SGD, {"form": "average", "nesterov": "lookahead_whole_step"}),
    (rmsprop, rv.optim.RMSprop, RMSPROP),
]


@pytest.mark.parametrize(
    ("lines", "rule", "options"), LINES, ids=lambda value: getattr(value, "__name__", "")
)
def test_fit_takes_the_gradient_where_the_book_does(lines: Any, rule: Any, options: dict[str, Any]) -> None:
    ours, theirs = make_pair("squared_error", rows=20, l2=0.1)
    book = lines(ours.net.theta.copy(), theirs.gradient)
    want = [next(book) for _ in range(40)]
    seen: list[Array] = []
    rv.fit(
        ours.net,
        ours._inputs,
        ours._targets,
        l2=0.1,
        optimizer=rule(**{"lr": RATE, "momentum": ALPHA, "nesterov": "lookahead", **options}),
        batch_size=None,
        epochs=40,
        callbacks=[lambda _: seen.append(ours.net.theta.copy())],
    )
    np.testing.assert_allclose(seen, want, rtol=1e-10, atol=1e-12)
