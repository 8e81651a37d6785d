"""The method that chooses, by what the function can tell, its size and memory, and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ravine.memory import available_bytes
from ravine.minimizers.options import merge_options
from ravine.minimizers.result import MinimizeHistory, MinimizeResult
from ravine.minimizers.run import Problem, Watch
from ravine.objective import EmpiricalRisk

__all__ = ["Stage", "first_stage", "is_over", "next_stage", "run_auto"]

# Parameters up to which a factorisation costs less than the iterations it saves.
MOST_DENSE = 5000
# Parameters up to which the dense inverse of BFGS pays.
MOST_BFGS = 500
# Losses that are half a sum of squares, or nearly.
LEAST_SQUARES = ("squared_error", "huber", "pseudo_huber")
# Gradients that a Gauss-Newton step may cost without a warm-up by steps that cost one.
CHEAP_STEP = 200
# Share of the targets' variance below which residuals are small: there Gauss-Newton is nearly Newton.
SMALL_RESIDUALS = 0.01
# Iterations of the warm-up, which only has to leave the region of negative curvature.
WARM_UP = 300
# Iterations after which Levenberg-Marquardt has shown whether the residuals become small.
TRIAL = 100

Passed = tuple[str, bool]
"""A method that is through, and whether it was cut short by the limit of its stage."""


@dataclass(frozen=True)
class Stage:
    """A method of the chain, why it was chosen, and the settings that are its own."""

    method: str
    why: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)


def next_stage(method: str, problem: Problem, passed: Sequence[Passed], value: float) -> Stage | None:
    """Return the stage that follows what is through, and has led to `value`; None at the end.

    A single method is a chain of one.
    """
    if method != "auto":
        return None if passed else Stage(method)
    if problem.risk is not None:
        return _for_risk(problem.risk, problem.size, passed, value)
    return _for_function(problem, passed)


def _for_risk(risk: EmpiricalRisk, size: int, passed: Sequence[Passed], value: float) -> Stage | None:
    dense = _is_dense(size)
    squares = dense and risk.loss in LEAST_SQUARES
    polish = Stage("newton", "the last digits") if dense else None
    if not passed:
        if squares and _gradients_a_step(size, risk.sample_count) <= CHEAP_STEP:
            why = f"the loss {risk.loss} is a sum of squares"
            return Stage("levenberg-marquardt", why, {"maxiter": float(TRIAL)})
        return Stage("lbfgs", "warm-up", {"maxiter": float(WARM_UP)})
    last, cut = passed[-1]
    small = squares and value <= SMALL_RESIDUALS * _of_the_mean(risk)
    if small and (last == "lbfgs" or (last == "levenberg-marquardt" and cut)):
        return Stage("levenberg-marquardt", "the residuals are small")
    if last == "levenberg-marquardt" and cut:
        return Stage("newton", "the residuals stay large")
    if last == "lbfgs":
        why = "products cost less than matrices where steps are many"
        return Stage("newton-cg", why if dense else f"P = {size} is too much for a dense matrix")
    return polish if last != "newton" else None


def _for_function(problem: Problem, passed: Sequence[Passed]) -> Stage | None:
    assert problem.function is not None
    has, size = problem.function.callables, problem.size
    dense = "hessian" in has and _is_dense(size)
    if passed:
        polish = dense and passed[-1][0] == "levenberg-marquardt"
        return Stage("trust-region", "the last digits") if polish else None
    if "residuals" in has and _is_dense(size):
        return Stage("levenberg-marquardt", "there are residuals")
    if dense:
        return Stage("trust-region", "there is a Hessian")
    if "hessian_product" in has or "hessian" in has:
        return Stage("newton-cg", "there are products with the Hessian")
    if size <= MOST_BFGS:
        return Stage("bfgs", f"there is no Hessian, and n = {size} is small")
    return Stage("lbfgs", f"there is no Hessian, and n = {size} is large")


def _is_dense(size: int) -> bool:
    return size <= MOST_DENSE and 3 * 8 * size**2 < available_bytes()


def _gradients_a_step(size: int, rows: int) -> float:
    """N P² + P³/3 multiply-adds of a Gauss-Newton step, in gradients of 6 N P."""
    return size / 6 * (1 + size / (3 * rows))


def _of_the_mean(risk: EmpiricalRisk) -> float:
    """The squared error, as the risk sums it, of the best constant outputs."""
    rows = slice(None) if risk._rows is None else risk._rows
    y = risk._targets[rows].reshape(risk.sample_count, -1)
    weights = 1.0 if risk._weights is None else risk._weights[rows]
    w, y = np.where(np.isnan(y), 0.0, weights), np.nan_to_num(y)
    mean = (w * y).sum(axis=0) / np.maximum(w.sum(axis=0), np.finfo(float).tiny)
    return 0.5 * float((w * np.square(y - mean)).sum()) / risk._normaliser


def first_stage(problem: Problem, budget: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the method and the settings of the first stage."""
    stage = next_stage("auto", problem, (), np.nan)
    assert stage is not None
    return stage.method, _left(budget, stage.settings, {})


def run_auto(
    problem: Problem,
    options: Mapping[str, Any] | None,
    keywords: Mapping[str, Any],
    tol: float | None,
    watch: Watch,
    certificate: bool | None,
    begun: Mapping[str, Any] | None = None,
) -> MinimizeResult:
    """Run the stages one after the other, within one budget; `begun` is what the first one has answered."""
    budget = merge_options("auto", options, keywords, tol)
    total: dict[str, Any] = {}
    log: list[str] = []
    passed: list[Passed] = []
    while (stage := next_stage("auto", problem, passed, total.get("fun", np.nan))) is not None:
        left = _left(budget, stage.settings, total)
        answer = problem.run(stage.method, left, watch) if begun is None or total else begun
        total = _joined(total, answer)
        watch.iterations_before, watch.seconds_before = total["nit"], total["seconds"]
        log.append(f"{stage.method}, {answer['nit']} iterations to {answer['fun']:.4g}: {stage.why}")
        if is_over(answer, stage.settings.get("maxiter") == left.get("maxiter")):
            break
        passed.append((stage.method, answer["reason"] == "iterations"))
        problem = problem.started_at(answer["x"])
    return problem.finish("auto", {**total, "log": log}, certificate)


def _left(
    budget: Mapping[str, Any], settings: Mapping[str, float], total: Mapping[str, Any]
) -> dict[str, Any]:
    """What a stage may use: its own settings within what the call has left."""
    left = {**budget}
    for name, used in (("maxiter", "nit"), ("max_fun", "nfev"), ("max_time", "seconds")):
        if name in left:
            left[name] = max(left[name] - total.get(used, 0), 1 if name == "max_fun" else 0)
    for name, value in settings.items():
        left[name] = min(value, left.get(name, value))
    return left


def is_over(answer: Mapping[str, Any], stage_is_limited: bool) -> bool:
    """Whether the run is at its end, not only the stage, whose own limit of iterations may have ended it."""
    if answer["reason"] in ("goal", "callback", "not_finite", "time", "evaluations", "unbounded"):
        return True
    if answer["reason"] == "iterations":
        return not stage_is_limited
    return answer["reason"] == "gradient_small" and bool(answer["checked"])


def _joined(total: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    history = MinimizeHistory.from_core(answer["history"], total.get("seconds", 0.0))
    if not total:
        return {**answer, "history": history}
    counts = ("nit", "nfev", "njev", "nhev", "nhvp", "nrev", "njacev", "seconds")
    summed = {name: total[name] + answer[name] for name in counts}
    bad = answer["bad_iteration"]
    before = {"iterations": total["nit"], "evaluations": total["nfev"], "seconds": total["seconds"]}
    tests = [(name, *(each + before.get(name, 0) for each in test)) for name, *test in answer["tests"]]
    return {
        **answer,
        **summed,
        "bad_iteration": bad + total["nit"] if bad >= 0 else bad,
        "tests": tests,
        "history": total["history"].followed_by(history),
    }
