"""The fused update rules against the textbook's, on anyone's buffers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trajectories import FORMS, title

import ravine as rv
from ravine import reference
from support.memory import laid_out_at
from support.problems import DTYPES


def gradients(n: int, steps: int, seed: int = 0) -> np.ndarray:
    """Of many magnitudes, zeros among them."""
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(steps, n)) * np.exp(rng.uniform(-12, 4, (steps, n)))
    return np.where(rng.random((steps, n)) < 0.1, 0.0, g)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "options"), FORMS, ids=title)
def test_trajectory_is_the_textbook_one(name: str, options: dict[str, Any], dtype: str) -> None:
    n, steps = 67, 40
    theta = np.random.default_rng(1).normal(size=n).astype(dtype)
    want = theta.astype(np.float64)
    optimizer = getattr(rv.optim, name)(**{"lr": 0.01, **options})
    textbook = getattr(reference, name)(**{"lr": 0.01, **options})
    eps = np.finfo(dtype).eps
    travelled = np.abs(want)
    for g in gradients(n, steps).astype(dtype):
        before = want.copy()
        optimizer.step(theta, g)
        textbook.step(want, g.astype(np.float64))
        travelled += np.abs(want - before)
        assert (np.abs(theta - want) <= 20 * eps * travelled + 1e-30).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "options"), FORMS, ids=title)
def test_the_bits_do_not_depend_on_length_address_or_threads(
    name: str, options: dict[str, Any], dtype: str, restore_threads: None
) -> None:
    del restore_threads
    n = 70_003
    g = gradients(n, 3, seed=2).astype(dtype)
    start = np.random.default_rng(2).normal(size=n).astype(dtype)

    def after(length: int, offset: int) -> bytes:
        theta, optimizer = (
            laid_out_at(start[:length], offset),
            getattr(rv.optim, name)(**{"lr": 0.01, **options}),
        )
        for row in g:
            optimizer.step(theta, laid_out_at(row[:length], (3 * offset) % 64))
        return theta.tobytes()

    size = start.itemsize
    want = after(n, 0)
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        assert after(n, 24) == want
    for length in (0, 1, 3, 7, 15, 16, 17, 31, 33, 1000):
        assert after(length, 40) == want[: length * size]


@given(
    st.integers(1, 60),
    st.sampled_from(DTYPES),
    st.sampled_from(FORMS),
    st.floats(1e-6, 1.0),
    st.integers(0, 1000),
)
def test_any_length_any_rate(
    n: int, dtype: str, rule: tuple[str, dict[str, Any]], lr: float, seed: int
) -> None:
    name, options = rule
    theta = np.random.default_rng(seed).normal(size=n).astype(dtype)
    want = theta.astype(np.float64)
    optimizer = getattr(rv.optim, name)(**{**options, "lr": lr})
    textbook = getattr(reference, name)(**{**options, "lr": lr})
    travelled = np.abs(want)
    for g in gradients(n, 4, seed).astype(dtype):
        before = want.copy()
        optimizer.step(theta, g)
        textbook.step(want, g.astype(np.float64))
        travelled += np.abs(want - before)
    assert (np.abs(theta - want) <= 20 * np.finfo(dtype).eps * travelled + 1e-30).all()


def test_a_rate_may_change_between_steps() -> None:
    optimizer, theta = rv.optim.SGD(lr=0.5), np.array([1.0])
    optimizer.step(theta, np.array([1.0]))
    optimizer.lr = 0.25
    assert optimizer.lr == 0.25
    optimizer.step(theta, np.array([1.0]))
    assert theta == [0.25]


def test_part_of_a_buffer_moves_alone() -> None:
    block = np.ones(10)
    rv.optim.SGD(lr=1.0).step(block[3:6], np.ones(3))
    np.testing.assert_array_equal(block, [1, 1, 1, 0, 0, 0, 1, 1, 1, 1])


def test_a_memory_map_moves(tmp_path: object) -> None:
    mapped = np.memmap(f"{tmp_path}/theta", np.float32, "w+", shape=(40,))
    rv.optim.Adam(lr=0.5).step(mapped, np.ones(40, np.float32))
    np.testing.assert_allclose(np.asarray(mapped), -0.5, rtol=1e-6)


def test_adam_without_eps_leaves_a_parameter_without_gradient_where_it_is() -> None:
    theta = np.array([1.0, 1.0])
    rv.optim.Adam(lr=0.1, eps=0.0).step(theta, np.array([0.0, 2.0]))
    np.testing.assert_allclose(theta, [1.0, 0.9], rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("SGD", {"lr": -1.0}, "lr"),
        ("SGD", {"lr": float("nan")}, "lr"),
        ("SGD", {"momentum": -0.5}, "momentum"),
        ("SGD", {"weight_decay": -0.5}, "weight_decay"),
        ("SGD", {"nesterov": True}, "nesterov|momentum"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "nesterov|dampening"),
        ("SGD", {"momentum": 0.9, "dampening": 1.5}, r"dampening must be in \[0, 1\], got 1.5"),
        ("SGD", {"momentum": 0.9, "dampening": -0.1}, "dampening"),
        ("SGD", {"momentum": 0.9, "dampening": float("nan")}, "dampening"),
        ("SGD", {"learning_rate": 0.1}, "learning_rate"),
        ("SGD", {"lr": "fast"}, "lr must be a number"),
        ("SGD", {"lr": 10**400}, "lr"),
        ("SGD", {"form": "avg"}, "form must be one of .*did you mean 'average'"),
        ("SGD", {"nesterov": 1}, "nesterov must be one of"),
        ("SGD", {"nesterov": "look_ahead", "momentum": 0.5}, "did you mean 'lookahead'"),
        ("SGD", {"maximize": 1}, "maximize must be True or False"),
        ("SGD", {"form": "average", "momentum": 1.0}, "momentum"),
        ("SGD", {"form": "velocity", "momentum": 0.5, "dampening": 0.5}, "dampening"),
        ("SGD", {"momentum": 0.5, "unbiased": True}, "unbiased"),
        ("Adagrad", {"lr_decay": -1.0}, "lr_decay"),
        ("Adagrad", {"initial_accumulator_value": -1.0}, "initial_accumulator_value"),
        ("RMSprop", {"alpha": 1.5}, "alpha"),
        ("RMSprop", {"momentum": -0.1}, "momentum"),
        ("Adadelta", {"rho": -0.1}, "rho"),
        ("NAdam", {"momentum_decay": float("inf")}, "momentum_decay"),
        ("RAdam", {"betas": (0.9, 1.0)}, r"betas\[1\]"),
        ("Adamax", {"betas": ("a", 0.9)}, r"betas\[0\]"),
        ("Rprop", {"etas": (1.5, 1.2)}, r"etas\[0\]"),
        ("Rprop", {"etas": (0.5, 0.9)}, r"etas\[1\]"),
        ("Rprop", {"step_sizes": (1.0, 0.1)}, "step_sizes"),
        ("Lion", {"betas": (-0.1, 0.9)}, r"betas\[0\]"),
        ("Lion", {"eps": 1e-8}, "eps"),
        ("Adam", {"lr": -1.0}, "lr"),
        ("Adam", {"lr": float("inf")}, "lr"),
        ("Adam", {"betas": (1.0, 0.999)}, "betas"),
        ("Adam", {"betas": (0.9, -0.1)}, "betas"),
        ("Adam", {"betas": 0.9}, "betas"),
        ("Adam", {"betas": (0.9, 0.99, 0.999)}, "betas"),
        ("Adam", {"eps": -1e-8}, "eps"),
        ("Adam", {"weight_decay": float("nan")}, "weight_decay"),
    ],
)
def test_options_out_of_range_are_named(name: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        getattr(rv.optim, name)(**options)


def test_a_rate_out_of_range_is_refused_later_too() -> None:
    optimizer = rv.optim.SGD(lr=0.5)
    for bad in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="lr"):
            optimizer.lr = bad
    assert optimizer.lr == 0.5
