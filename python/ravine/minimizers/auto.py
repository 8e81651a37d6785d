"""The method that chooses, by what the function can tell, its size and memory, and says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ravine.memory import available_bytes
from ravine.minimizers.options import merge_options
from ravine.minimizers.result import MinimizeHistory, MinimizeResult
from ravine.minimizers.run import Problem, Watch

__all__ = ["first_stage", "run_auto", "stages_of"]

# Parameters up to which a factorisation costs less than the iterations it saves.
MOST_DENSE = 5000
# Parameters up to which the dense inverse of BFGS pays.
MOST_BFGS = 500
# Losses that are half a sum of squares, or nearly: Gauss-Newton is close to Newton.
LEAST_SQUARES = ("squared_error", "huber", "pseudo_huber")
# Iterations of the warm-up, which only has to leave the region of negative curvature.
WARM_UP = 300


Stage: TypeAlias = tuple[str, dict[str, float], str]


def stages_of(problem: Problem) -> list[Stage]:
    """Return (method, settings, why) of each stage, in order."""
    size = problem.size
    fits = 3 * 8 * size**2 < available_bytes()
    if problem.risk is not None:
        dense = fits and size <= MOST_DENSE
        polish: list[Stage] = [("newton", {}, "the last digits")] if dense else []
        if dense and problem.risk.loss in LEAST_SQUARES:
            return [("levenberg-marquardt", {}, f"the loss {problem.risk.loss} is a sum of squares"), *polish]
        why = "products cost less than matrices where steps are many"
        return [
            ("lbfgs", {"maxiter": float(WARM_UP)}, "warm-up"),
            ("newton-cg", {}, why if dense else f"P = {size} is too much for a dense matrix"),
            *polish,
        ]
    assert problem.function is not None
    has = problem.function.callables
    if "hessian" in has and fits and size <= MOST_DENSE:
        return [("trust-region", {}, "there is a Hessian")]
    if "hessian_product" in has or "hessian" in has:
        return [("newton-cg", {}, "there are products with the Hessian")]
    if size <= MOST_BFGS:
        return [("bfgs", {}, f"there is no Hessian, and n = {size} is small")]
    return [("lbfgs", {}, f"there is no Hessian, and n = {size} is large")]


def first_stage(problem: Problem, budget: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the method and the settings of the first stage."""
    method, settings, _ = stages_of(problem)[0]
    return method, _left(budget, settings, {})


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
    for method, settings, why in stages_of(problem):
        left = _left(budget, settings, total)
        answer = problem.run(method, left, watch) if begun is None or total else begun
        total = _joined(total, answer)
        watch.iterations_before, watch.seconds_before = total["nit"], total["seconds"]
        log.append(f"{method}, {answer['nit']} iterations to {answer['fun']:.4g}: {why}")
        if _over(answer, settings, left):
            break
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


def _over(answer: Mapping[str, Any], settings: Mapping[str, float], left: Mapping[str, Any]) -> bool:
    """Whether the run is at its end, not only the stage."""
    if answer["reason"] in ("goal", "callback", "not_finite", "time", "evaluations", "unbounded"):
        return True
    if answer["reason"] == "iterations":
        return settings.get("maxiter") != left.get("maxiter")
    return answer["reason"] == "gradient_small" and bool(answer["checked"])


def _joined(total: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    history = MinimizeHistory.from_core(answer["history"], total.get("seconds", 0.0))
    if not total:
        return {**answer, "history": history}
    counts = ("nit", "nfev", "njev", "nhev", "nhvp", "nrev", "njacev", "seconds")
    summed = {name: total[name] + answer[name] for name in counts}
    bad = answer["bad_iteration"]
    return {
        **answer,
        **summed,
        "bad_iteration": bad + total["nit"] if bad >= 0 else bad,
        "history": total["history"].followed_by(history),
    }
