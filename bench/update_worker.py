"""One side's update rules: ``python -m bench.update_worker SIDE DTYPE THREADS CORES ROUNDS``."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.machine import pin
from bench.update_rules import FORMS, LARGE, SMALL, Form

STEPS = 1000
"""Steps of one sample at SMALL."""

SAMPLES = 25
Run = Callable[[], object]


def arrays(n: int, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Parameters, and a gradient that never changes."""
    rng = np.random.default_rng(20)
    return rng.standard_normal(n).astype(dtype), (1e-3 * rng.standard_normal(n)).astype(dtype)


def seconds(run: Run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def small(step: Run) -> float:
    """Seconds of a step called from Python."""

    def sample() -> None:
        for _ in range(STEPS):
            step()

    return median(seconds(sample) for _ in range(SAMPLES)) / STEPS


def ravine(form: Form, dtype: str, rounds: int) -> dict[str, Any]:
    import ravine as rv
    from ravine import _core

    theta, gradient = arrays(SMALL, dtype)
    rule = rv.optim.create(form.rule, form.options)
    rule.step(theta, gradient)
    figures: dict[str, Any] = {"small": small(lambda: rule.step(theta, gradient))}
    samples = [seconds(lambda: _core._repeat_step(rule, theta, gradient, STEPS)) for _ in range(SAMPLES)]
    figures["core"] = median(samples) / STEPS

    large_theta, large_gradient = arrays(LARGE, dtype)
    states = [np.zeros(LARGE, dtype) for _ in range(form.states)]
    large_rule = rv.optim.create(form.rule, form.options)
    runs: dict[str, Run] = {
        "large": lambda: large_rule.step(large_theta, large_gradient, check_finite=False),
        "streaming": lambda: _core.update_bound("streaming", large_theta, large_gradient, states),
        "division": lambda: _core.update_bound("root_and_division", large_theta, large_gradient, states),
    }
    for run in runs.values():
        run()  # memory comes in
    return figures | in_turn(runs, rounds)


def in_turn(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Seconds of each, asked one after the other, so that a machine that slows down slows all of them."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(seconds(run))
    return times


def torch(form: Form, dtype: str, rounds: int) -> dict[str, Any]:
    import torch

    def stepper(n: int) -> Run:
        values, gradient = arrays(n, dtype)
        theta = torch.from_numpy(values).requires_grad_()
        theta.grad = torch.from_numpy(gradient)
        kind = getattr(torch.optim, form.rule)
        try:
            step: Run = kind([theta], **form.options, fused=True).step
        except TypeError:  # no fused form of this rule
            step = kind([theta], **form.options, foreach=True).step
        step()
        return step

    large = in_turn({"large": stepper(LARGE)}, rounds)
    return {"small": small(stepper(SMALL)), "large": median(large["large"])}


def main() -> None:
    """Print the figures of every form as JSON."""
    side, dtype, threads, cores, rounds = sys.argv[1:]
    pin([int(core) for core in cores.split(",")])
    gc.disable()
    if side == "ravine":
        import ravine as rv

        rv.set_num_threads(int(threads))
        measure = ravine
    else:
        import torch as library

        library.set_num_threads(int(threads))
        measure = torch
    forms = [form for form in FORMS if side == "ravine" or form.in_torch]
    print(json.dumps({form.title: measure(form, dtype, int(rounds)) for form in forms}))


if __name__ == "__main__":
    main()
