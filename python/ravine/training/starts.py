"""Several starts of the same training, at once on the threads there are, and the best of them."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine.history import History, Starts
from ravine.minimizers.minimizer import Minimizer
from ravine.network import MLP
from ravine.optim import Optimizer
from ravine.training.course import Course

__all__ = ["StartRecord", "train_starts"]

_PATIENCE = 0.1
"""Seconds between two looks at Ctrl-C while others work."""


@dataclass(frozen=True)
class StartRecord:
    """What progress shows of the starts: how many have ended, and the best of them so far."""

    epoch: int
    loss: float
    validation_metric: float


@dataclass(frozen=True)
class _Outcome:
    history: History
    theta: NDArray[Any]
    rule: dict[str, Any]
    loss: float


def copy_of(rule: Optimizer) -> Optimizer:
    """Return a rule of its own with the same options and state."""
    twin = type(rule)(**rule.options)
    twin.load_state_dict(rule.state_dict())
    return twin


def train_starts(
    net: MLP,
    rule: Optimizer | Minimizer,
    seeds: tuple[int, ...],
    make_run: Callable[[MLP, Any, int, Callable[[], bool] | None], Course],
    tell: Callable[[StartRecord], Any] | None,
) -> History:
    """Train a copy of the network from each seed; the best one's parameters and rule end in `net` and `rule`.

    Each start runs on one thread, so that no bit depends on how many run at once.
    """
    given_up = threading.Event()
    threads = min(len(seeds), _core.get_num_threads())

    def train(seed: int) -> _Outcome:
        twin = copy.deepcopy(net)
        own_rule = rule if isinstance(rule, Minimizer) else copy_of(rule)  # a minimiser has no state
        twin.initialize(seed)
        run = make_run(twin, own_rule, seed, given_up.is_set if threads > 1 else None)
        history = run.train()
        return _Outcome(history, twin.theta, _state_of(own_rule), run.loss())

    if threads == 1:
        outcomes: dict[int, _Outcome] = {}
        for k, seed in enumerate(seeds):
            outcomes[k] = train(seed)
            _tell(tell, outcomes)
    else:
        outcomes = _all_at_once(train, seeds, threads, given_up, tell)
    return _best(net, rule, seeds, [outcomes[k] for k in range(len(seeds))])


def _all_at_once(
    train: Callable[[int], _Outcome],
    seeds: tuple[int, ...],
    threads: int,
    given_up: threading.Event,
    tell: Callable[[StartRecord], Any] | None,
) -> dict[int, _Outcome]:
    outcomes: dict[int, _Outcome] = {}
    pool = ThreadPoolExecutor(threads, initializer=_core.limit_this_thread, initargs=(1,))
    try:
        futures: dict[Future[_Outcome], int] = {pool.submit(train, seed): k for k, seed in enumerate(seeds)}
        pending = set(futures)
        while pending:
            finished, pending = wait(pending, _PATIENCE, FIRST_COMPLETED)
            for future in finished:
                outcomes[futures[future]] = future.result()
                _tell(tell, outcomes)
    except BaseException:
        given_up.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return outcomes


def _tell(tell: Callable[[StartRecord], Any] | None, outcomes: dict[int, _Outcome]) -> None:
    if tell is not None:
        best = min(outcomes.values(), key=_order)
        records = best.history.records
        metric = records[-1].validation_metric if records else math.nan
        tell(StartRecord(len(outcomes), best.loss, metric))


def _order(outcome: _Outcome) -> float:
    return math.inf if math.isnan(outcome.loss) else outcome.loss


def _state_of(rule: Optimizer | Minimizer) -> dict[str, Any]:
    return {} if isinstance(rule, Minimizer) else rule.state_dict()


def _best(net: MLP, rule: Optimizer | Minimizer, seeds: tuple[int, ...], outcomes: list[_Outcome]) -> History:
    best = min(range(len(seeds)), key=lambda k: _order(outcomes[k]))
    net.theta[...] = outcomes[best].theta
    if not isinstance(rule, Minimizer):
        rule.load_state_dict(outcomes[best].rule)
    history = copy.copy(outcomes[best].history)
    losses = np.array([outcome.loss for outcome in outcomes])
    history.starts = Starts(seeds, losses, best, tuple(outcome.history for outcome in outcomes))
    return history
