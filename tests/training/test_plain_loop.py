"""fit is the plain loop over minibatches, subset and step, to the bit; seeds and threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine import reference
from support.problems import DTYPES, LOSSES, Problem

RULES: dict[str, Any] = {
    "sgd": lambda: rv.optim.SGD(lr=0.05),
    "nesterov": lambda: rv.optim.SGD(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda: rv.optim.Adam(lr=0.01),
}


def plain_loop(
    problem: Problem, optimizer: Any, *, epochs: int, batch_size: int, seed: int, shuffle: bool
) -> tuple[bytes, list[float]]:
    net = problem.network()
    risk = rv.EmpiricalRisk(
        net, problem.X, problem.y, loss=problem.loss, l2=problem.l2, sample_weight=problem.w
    )
    losses = []
    for epoch in range(epochs):
        total = 0.0
        for rows in rv.minibatches(problem.rows, batch_size, seed=seed, epoch=epoch, shuffle=shuffle):
            loss, gradient = risk.subset(rows).value_and_gradient()
            optimizer.step(net.theta, gradient)
            total += loss * len(rows)
        losses.append(total / problem.rows)
    return net.theta.tobytes(), losses


def fitted(problem: Problem, optimizer: Any, **options: Any) -> tuple[bytes, rv.History]:
    net = problem.network()
    history = rv.fit(
        net,
        problem.X,
        problem.y,
        loss=problem.loss,
        l2=problem.l2,
        sample_weight=problem.w,
        optimizer=optimizer,
        **options,
    )
    return net.theta.tobytes(), history


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_fit_is_the_plain_loop_to_the_bit(loss: str, dtype: str, rule: str) -> None:
    problem = Problem(loss=loss, dtype=dtype, rows=67, weighted=True, l2=0.01)
    options = {"epochs": 4, "batch_size": 16, "seed": 5, "shuffle": True}
    want, losses = plain_loop(problem, RULES[rule](), **options)
    got, history = fitted(problem, RULES[rule](), **options)
    assert got == want
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-14)
    assert history.updates == 4 * 5


@settings(max_examples=30)
@given(
    rows=st.integers(1, 90),
    batch_size=st.integers(1, 100),
    epochs=st.integers(1, 3),
    seed=st.integers(0, 2**32),
    shuffle=st.booleans(),
    dtype=st.sampled_from(DTYPES),
)
def test_whatever_the_sizes(
    rows: int, batch_size: int, epochs: int, seed: int, shuffle: bool, dtype: str
) -> None:
    problem = Problem(rows=rows, dtype=dtype)
    options = {"epochs": epochs, "batch_size": batch_size, "seed": seed, "shuffle": shuffle}
    want, _ = plain_loop(problem, RULES["adam"](), **options)
    got, _ = fitted(problem, RULES["adam"](), **options)
    assert got == want


def test_the_loop_is_the_textbook_one_to_rounding() -> None:
    problem = Problem(rows=50, weighted=True, l2=0.05)
    theta, rule, risk = problem.theta.copy(), reference.Adam(lr=0.01), problem.textbook_risk()
    for epoch in range(3):
        batches = [rows.tolist() for rows in rv.minibatches(50, 8, seed=1, epoch=epoch)]
        reference.epoch(risk, theta, rule, batches)
    got, _ = fitted(problem, RULES["adam"](), epochs=3, batch_size=8, seed=1)
    np.testing.assert_allclose(np.frombuffer(got), theta, rtol=1e-9, atol=1e-11)


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_seed_gives_the_same_bits_at_every_number_of_threads(dtype: str) -> None:
    problem = Problem(
        widths=(30, 128, 96, 10), activations=("relu", "tanh", "identity"), rows=900, dtype=dtype
    )
    runs = set()
    for threads in (1, 2, 3, 4):
        rv.set_num_threads(threads)
        theta, history = fitted(problem, RULES["adam"](), epochs=2, batch_size=256, seed=3)
        runs.add((theta, history["loss"].tobytes(), history["gradient_norm"].tobytes()))
    assert len(runs) == 1


def test_another_seed_gives_another_run_and_none_is_fresh() -> None:
    problem = Problem(rows=40)
    options = {"epochs": 2, "batch_size": 8}
    first, again, other = (fitted(problem, RULES["sgd"](), seed=seed, **options)[0] for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert fitted(problem, RULES["sgd"](), seed=None, **options)[0] != first


def test_a_run_continued_with_its_optimizer_state_is_the_longer_run() -> None:
    """Epochs are numbered by the caller's loop: minibatches(epoch=...) resumes where a run stopped."""
    problem = Problem(rows=40)
    want, _ = plain_loop(problem, RULES["adam"](), epochs=6, batch_size=8, seed=2, shuffle=True)
    net, first, second = problem.network(), RULES["adam"](), RULES["adam"]()
    risk = problem.risk()
    for optimizer, epochs in ((first, range(3)), (second, range(3, 6))):
        if optimizer is second:
            second.load_state_dict(first.state_dict())
        for epoch in epochs:
            for rows in rv.minibatches(40, 8, seed=2, epoch=epoch):
                optimizer.step(net.theta, risk.subset(rows).gradient(net.theta))
    assert net.theta.tobytes() == want


@given(
    n=st.integers(1, 200),
    batch_size=st.integers(1, 250),
    seed=st.integers(0, 2**63),
    epoch=st.integers(0, 50),
)
def test_minibatches_are_every_row_once(n: int, batch_size: int, seed: int, epoch: int) -> None:
    batches = list(rv.minibatches(n, batch_size, seed=seed, epoch=epoch))
    assert sorted(np.concatenate(batches).tolist()) == list(range(n))
    assert [len(rows) for rows in batches[:-1]] == [batch_size] * (len(batches) - 1)
    again = rv.minibatches(n, batch_size, seed=seed, epoch=epoch)
    assert all((a == b).all() for a, b in zip(batches, again, strict=True))
    in_order = np.concatenate(list(rv.minibatches(n, batch_size, seed=seed, epoch=epoch, shuffle=False)))
    assert (in_order == np.arange(n)).all()


def test_shuffles_of_epochs_and_seeds_differ_and_every_place_is_as_likely() -> None:
    orders = {
        np.concatenate(list(rv.minibatches(50, 7, seed=s, epoch=e))).tobytes()
        for s in range(20)
        for e in range(20)
    }
    assert len(orders) == 400
    counts = np.zeros((6, 6))
    for epoch in range(6000):
        counts[np.arange(6), np.concatenate(list(rv.minibatches(6, 6, seed=0, epoch=epoch)))] += 1
    assert (
        (counts - 1000) ** 2 / 1000
    ).sum() < 60  # chi-squared with 25 degrees of freedom: 60 is 1 in 10,000


@pytest.mark.parametrize(("n", "batch_size"), [(0, 3), (-1, 3), (5, 0), (5, -2), (2.5, 1), (5, "a")])
def test_minibatches_of_nothing_are_refused(n: Any, batch_size: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        list(rv.minibatches(n, batch_size))
