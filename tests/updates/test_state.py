"""Saved optimisers: a run that was stopped and resumed equals the run that was not."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from trajectories import FORMS, title

import ravine as rv
from support.problems import DTYPES


def run(optimizer: Any, theta: np.ndarray, first: int, last: int) -> np.ndarray:
    for t in range(first, last):
        optimizer.step(theta, np.sin(np.arange(theta.size) * (t + 1)).astype(theta.dtype))
    return theta


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "options"), FORMS, ids=title)
def test_a_resumed_run_is_the_run_that_was_never_stopped(
    name: str, options: dict[str, Any], dtype: str
) -> None:
    make = getattr(rv.optim, name)
    want = run(make(**{**options, "lr": 0.1}), np.ones(33, dtype), 0, 10)
    first = make(**{**options, "lr": 0.1})
    theta = run(first, np.ones(33, dtype), 0, 4)
    saved = first.state_dict()
    run(first, theta.copy(), 4, 6)  # the dictionary must not follow
    second = make(**{**options, "lr": 0.7})
    second.load_state_dict(through_json(saved))
    assert second.lr == 0.1
    assert run(second, theta, 4, 10).tobytes() == want.tobytes()


def through_json(saved: dict[str, Any]) -> dict[str, Any]:
    """All but the vectors can be text."""
    words: dict[str, Any] = json.loads(json.dumps({key: saved[key] for key in saved.keys() - {"state"}}))
    return {**words, "state": saved["state"]}


@pytest.mark.parametrize(("name", "options"), FORMS, ids=title)
def test_a_rule_is_made_again_from_its_state_dict(name: str, options: dict[str, Any]) -> None:
    first = getattr(rv.optim, name)(**options)
    run(first, np.ones(3), 0, 2)
    saved = through_json(first.state_dict())
    second = rv.optim.create(saved["rule"], saved["options"])
    second.load_state_dict(saved)
    assert type(second) is type(first)
    assert repr(second) == repr(first)
    assert second.updates == 2


@pytest.mark.parametrize(("name", "options"), FORMS, ids=title)
def test_a_state_dict_holds_copies(name: str, options: dict[str, Any]) -> None:
    optimizer = getattr(rv.optim, name)(**{**options, "lr": 0.1})
    theta = run(optimizer, np.ones(5), 0, 2)
    other = getattr(rv.optim, name)(**{**options, "lr": 0.1})
    saved = optimizer.state_dict()
    other.load_state_dict(saved)
    for array in arrays_in(saved):
        array[...] = 1e9
    a, b = run(optimizer, theta.copy(), 2, 4), run(other, theta.copy(), 2, 4)
    assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize(("name", "options"), FORMS, ids=title)
def test_a_state_dict_may_be_pickled_and_an_empty_one_loaded(name: str, options: dict[str, Any]) -> None:
    fresh = getattr(rv.optim, name)(**{**options, "lr": 0.1})
    saved = pickle.loads(pickle.dumps(fresh.state_dict()))
    used = getattr(rv.optim, name)(**{**options, "lr": 0.2})
    run(used, np.ones(5), 0, 3)
    used.load_state_dict(saved)
    want, got = run(fresh, np.ones(5), 0, 3), run(used, np.ones(5), 0, 3)
    assert got.tobytes() == want.tobytes()


def test_the_state_of_another_rule_is_refused() -> None:
    adam, sgd = rv.optim.Adam(), rv.optim.SGD(momentum=0.9)
    run(adam, np.ones(5), 0, 1)
    run(sgd, np.ones(5), 0, 1)
    with pytest.raises((ValueError, KeyError, TypeError)):
        sgd.load_state_dict(adam.state_dict())
    with pytest.raises((ValueError, KeyError, TypeError)):
        adam.load_state_dict(sgd.state_dict())


def test_other_options_are_refused_by_name() -> None:
    saved = rv.optim.Adam(eps=1e-3).state_dict()
    for optimizer, told in [
        (rv.optim.Adam(), "eps"),
        (rv.optim.Adam(eps=1e-3, amsgrad=True), "amsgrad"),
        (rv.optim.Adam(eps=1e-3, betas=(0.9, 0.9)), r"betas\[1\]"),
        (rv.optim.AdamW(eps=1e-3), "rule 'Adam', expected 'AdamW'"),
    ]:
        with pytest.raises(ValueError, match=told):
            optimizer.load_state_dict(saved)
    saved["options"]["momentun"] = 0.5
    with pytest.raises(ValueError, match="momentun"):
        rv.optim.Adam(eps=1e-3).load_state_dict(saved)


def test_rate_and_momentum_are_those_of_the_moment_of_saving() -> None:
    first, second = rv.optim.Adam(), rv.optim.Adam(lr=0.5, betas=(0.3, 0.999))
    first.lr, first.momentum = 0.25, 0.75
    second.load_state_dict(first.state_dict())
    assert (second.lr, second.momentum) == (0.25, 0.75)
    bad = first.state_dict()
    bad["options"]["betas"] = (1.5, 0.999)
    with pytest.raises(ValueError, match="betas"):
        second.load_state_dict({**bad, "options": {**bad["options"], "lr": 0.1}})
    assert (second.lr, second.momentum) == (0.25, 0.75)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sizes": [3, 1]},
        {"sizes": []},
        {"sizes": [-1, 6]},
        {"sizes": "5"},
        {"momentum_product": 2.0},
        {"updates": -1},
        {"updates": 1.5},
    ],
)
def test_a_state_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    optimizer = rv.optim.Adam()
    run(optimizer, np.ones(5), 0, 2)
    with pytest.raises(ValueError, match=r"sizes|momentum_product|updates"):
        optimizer.load_state_dict({**optimizer.state_dict(), **wrong})
    assert optimizer.updates == 2


@pytest.mark.parametrize("damage", [None, 3, "x", [[1.0], [1.0, 2.0]], {}, np.ones((2, 2)), np.ones(4)])
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_damaged_states_are_refused_and_leave_the_optimizer_as_it_was(rule: str, damage: object) -> None:
    make = {"SGD": lambda: rv.optim.SGD(lr=0.1, momentum=0.9), "Adam": lambda: rv.optim.Adam(lr=0.1)}[rule]
    optimizer, twin = make(), make()
    theta, other = run(optimizer, np.ones(5), 0, 2), run(twin, np.ones(5), 0, 2)
    for key in optimizer.state_dict():
        saved = copy.deepcopy(optimizer.state_dict())
        if isinstance(saved[key], dict):
            for inner in saved[key]:
                damaged = copy.deepcopy(saved)
                damaged[key][inner] = damage
                try_to_load(optimizer, damaged)
        saved[key] = damage
        try_to_load(optimizer, saved)
        del saved[key]
        try_to_load(optimizer, saved)
    optimizer.load_state_dict(twin.state_dict())
    assert run(optimizer, theta, 2, 4).tobytes() == run(twin, other, 2, 4).tobytes()


def try_to_load(optimizer: Any, saved: dict[str, Any]) -> None:
    """Either it is refused, or what is left still steps or says why not: never a crash."""
    try:
        optimizer.load_state_dict(saved)
        optimizer.step(np.ones(5), np.ones(5))
    except (ValueError, TypeError, KeyError):
        pass


def test_a_step_on_parameters_of_another_size_or_dtype_is_refused() -> None:
    for optimizer in (rv.optim.SGD(momentum=0.9), rv.optim.Adam()):
        run(optimizer, np.ones(5), 0, 1)
        for theta in (np.ones(6), np.ones(5, np.float32)):
            before = theta.copy()
            with pytest.raises((ValueError, TypeError)):
                optimizer.step(theta, np.ones_like(theta))
            np.testing.assert_array_equal(theta, before)


def arrays_in(tree: object) -> list[np.ndarray]:
    if isinstance(tree, np.ndarray):
        return [tree]
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (list, tuple)) else ()
    return [array for child in children for array in arrays_in(child)]


def test_several_threads_may_step_one_optimizer() -> None:
    """Which thread comes first is open, but updates take turns, each of them whole."""
    n, times, threads = 100_000, 20, 4
    optimizer = rv.optim.SGD(lr=1.0)
    theta, gradient = np.zeros(n), np.ones(n)

    def work() -> None:
        for _ in range(times):
            optimizer.step(theta, gradient)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert optimizer.updates == times * threads
    assert (theta == -float(times * threads)).all()
