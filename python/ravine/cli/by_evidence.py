"""Training to a minimum, with the penalty by the probability of the data, and with error bars."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

import ravine as rv
from ravine import plots
from ravine.cli.errors import InputError, TrainingError
from ravine.cli.explain import labelled, point_text
from ravine.cli.job import Job, Outcome
from ravine.cli.loop import OF_RULES, is_method, solver_of
from ravine.cli.report import loss_name, png
from ravine.cli.uncertain import averaging_helps, fit_picture, held_out_text, penalty_text, posterior_text
from ravine.diagnostics import critical_point
from ravine.memory import require_memory
from ravine.progress import Progress
from ravine.uncertainty import EvidenceRound

__all__ = ["EvidencePlan", "by_evidence", "evidence_plan"]

_START = 1e-2
"""l2 of the first round."""

_ROUNDS = 100

_NEAR = {"ftol": 1e-6, "maxiter": 300}
"""How near to the minimum a round goes: to less than a posterior standard deviation, or it does not count."""

_WHOLE_SPECTRUM = 2000
"""Parameters up to which the kind of the point is told."""


@dataclass(frozen=True)
class EvidencePlan:
    """The method, and the penalty if it is given."""

    method: str
    l2: float | None

    def __str__(self) -> str:
        if self.l2 is None:
            return f"{self.method} on all rows to the minimum, again and again: l2 by the evidence"
        return f"{self.method} on all rows to the minimum, l2 {self.l2:g}"


def evidence_plan(options: argparse.Namespace) -> EvidencePlan:
    """Check the options that do not go together with error bars."""
    method = options.solver if options.solver is not None else "auto"
    solver_of(method, None if is_method(method) else 1e-3)
    if not is_method(method):
        raise InputError(
            f"--uncertainty needs a method that goes to the minimum, such as auto: {method} is a rule"
        )
    wrong = [name for name in (*OF_RULES, "checkpoint") if getattr(options, name) is not None]
    wrong += [name for name in ("early_stopping", "resume") if getattr(options, name)]
    if wrong:
        raise InputError(
            f"--{wrong[0].replace('_', '-')} does not go together with --uncertainty: leave it out"
        )
    if options.dtype != "float64":
        raise InputError("--uncertainty works in --dtype float64")
    return EvidencePlan(method.lower().replace("_", "-"), options.l2)


class _Best:
    """The best round so far, of all starts: what Ctrl-C leaves."""

    def __init__(self, net: rv.MLP, show: Progress | None) -> None:
        self._net, self._show = net, show
        self.rounds = 0
        self.log_evidence = -math.inf
        self.l2: tuple[float, ...] = ()
        self.theta = net.theta.copy()

    def __call__(self, record: EvidenceRound) -> None:
        self.rounds += 1
        if record.at_minimum and record.log_evidence > self.log_evidence:
            self.log_evidence, self.l2 = record.log_evidence, record.l2
            self.theta[...] = self._net.theta
        if self._show is not None:
            self._show(SimpleNamespace(epoch=self.rounds, loss=record.value, validation_metric=None))


@dataclass(frozen=True)
class _Found:
    """The risk with its penalty, its network at or near the minimum, and why the search ended."""

    risk: rv.EmpiricalRisk
    text: str
    interrupted: bool = False
    picture: Callable[[str], bytes] | None = None


def by_evidence(options: argparse.Namespace, job: Job, plan: EvidencePlan) -> Outcome:
    """Train to a minimum, take the posterior there, and say what they are."""
    began = time.perf_counter()
    training, loss = job.training, loss_name(job.recipe)
    start = _START if plan.l2 is None else plan.l2
    risk = rv.EmpiricalRisk(job.model.net, training.X, training.y, loss=loss, l2=start)
    P = job.model.net.parameter_count
    try:
        require_memory(16 * P * P, f"a posterior of P = {P} parameters", "use fewer --hidden units")
        found = _search(options, risk, plan) if plan.l2 is None else _Found(risk, "")
        found = found if found.interrupted else _at_the_minimum(options, found, plan, began)
        posterior = rv.laplace(found.risk, model=job.model)
    except MemoryError as error:
        raise InputError(f"--uncertainty: {error}") from error
    except (ValueError, np.linalg.LinAlgError) as error:
        raise TrainingError(
            f"--uncertainty: {error}. Nothing was written; fewer --hidden units may help"
        ) from error
    seconds = time.perf_counter() - began
    texts = [labelled("stopped", found.text)]
    if posterior.net.parameter_count <= _WHOLE_SPECTRUM:
        texts.append(labelled("point", point_text(critical_point(found.risk))))
    below = [labelled(*line) for line in posterior_text(posterior, job.recipe)]
    if job.held_out is not None:
        below.append(labelled("held out", held_out_text(posterior, job.recipe, *job.held_out)))
    pictures = {"fit": lambda title: fit_picture(posterior, job.recipe, *job.measured_on, title)}
    return Outcome(
        texts=["\n".join(texts)],
        below=["\n".join(below)],
        l2=found.risk.l2[0],
        seconds=seconds,
        interrupted=found.interrupted,
        posterior=posterior,
        averaged=job.held_out is None or averaging_helps(posterior, job.recipe, *job.held_out),
        pictures=pictures if found.picture is None else {"curve": found.picture, **pictures},
    )


def _search(options: argparse.Namespace, risk: rv.EmpiricalRisk, plan: EvidencePlan) -> _Found:
    """The penalty, from each start, and the best of them."""
    net, began = risk.net, time.perf_counter()
    near = _NEAR if options.epochs is None else {**_NEAR, "maxiter": options.epochs}
    fits: list[rv.EvidenceFit] = []
    with ExitStack() as stack:
        total = _ROUNDS * options.starts
        show = None if options.quiet else stack.enter_context(Progress(total, unit="round"))
        best = _Best(net, show)
        try:
            for k in range(options.starts):
                left = None
                if options.time_budget is not None:
                    left = max(options.time_budget - (time.perf_counter() - began), 1e-3)
                if k > 0:
                    net.initialize(options.seed + k)
                fit = rv.fit_evidence(
                    risk, method=plan.method, options=near, max_time=left, max_rounds=_ROUNDS, callback=best
                )
                fits.append(fit)
        except KeyboardInterrupt:
            if not best.l2:
                raise
            net.theta = best.theta
            text = f"Ctrl-C ended the search, in round {best.rounds + 1}; the best round is kept."
            return _Found(risk.with_l2(best.l2), text, True)
    fit = max(fits, key=lambda each: each.posterior.log_evidence)
    net.theta = fit.posterior.theta
    return _Found(
        fit.risk, penalty_text(fit, fits), False, lambda title: png(plots.evidence(fit, title=title))
    )


def _at_the_minimum(options: argparse.Namespace, found: _Found, plan: EvidencePlan, began: float) -> _Found:
    """Go on to the minimum itself, where the gradient vanishes to rounding."""
    limits: dict[str, Any] = {} if options.epochs is None else {"maxiter": options.epochs}
    if options.time_budget is not None:
        limits["max_time"] = max(options.time_budget - (time.perf_counter() - began), 1e-3)
    if plan.l2 is not None:
        limits |= {"starts": options.starts, "seed": options.seed}
    result = rv.minimize(found.risk, method=plan.method, certificate=False, **limits)
    if result.success and found.risk.net.parameter_count <= _WHOLE_SPECTRUM:
        # Flat directions are as flat as the gradient is small: with less, their signs would be chance.
        rv.minimize(found.risk, method="newton", gtol=1e-13, maxiter=20, certificate=False)
    picture = found.picture or (lambda title: png(plots.minimize_history(result, title=title)))
    return _Found(found.risk, f"{found.text} {result.message}".strip(), False, picture)
