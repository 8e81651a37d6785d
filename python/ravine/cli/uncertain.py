"""What error bars say, in plain words and in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine import plots
from ravine.cli.recipe import CLASSIFICATION, Recipe
from ravine.cli.report import png
from ravine.probabilities import probabilities
from ravine.tables import format_number
from ravine.uncertainty import coverage, reliability

__all__ = ["averaging_helps", "fit_picture", "held_out_text", "penalty_text", "posterior_text"]


def penalty_text(fit: rv.EvidenceFit, fits: Sequence[rv.EvidenceFit]) -> str:
    """Which penalty was found, and how."""
    rounds = sum(len(each.rounds) for each in fits)
    many = f" from {len(fits)} starts" if len(fits) > 1 else ""
    at = f"l2 {format_number(fit.risk.l2[0])} makes the data most probable, of {rounds} rounds{many}."
    return at if fit.success else f"{fit.message} {at}"


def posterior_text(posterior: rv.LaplacePosterior, recipe: Recipe) -> list[tuple[str, str]]:
    """Lines under their labels: effective parameters, noise, and what must be known."""
    parameters = posterior.net.parameter_count
    known = f"The data determine {posterior.effective_parameters:.1f} of {parameters:,} parameters; "
    lines = [("fit", known + "the penalty holds the others.")]
    if posterior.noise_std is not None:
        noise = format_number(float(posterior.noise_std[0]))
        lines.append(("noise", f"{recipe.target} scatters by {noise} around its mean (standard deviation)."))
    if not posterior.at_minimum:
        lines.append(("note", posterior.verdict))
    return [*lines, *(("note", note) for note in posterior.notes)]


def held_out_text(
    posterior: rv.LaplacePosterior, recipe: Recipe, X: NDArray[np.float64], y: NDArray[Any]
) -> str:
    """How good predictions and error bars are on rows that had no say in the training."""
    if recipe.task == CLASSIFICATION:
        averaged, plain = _log_losses(posterior, X, y)
        told = f"The log loss of averaged probabilities is {format_number(averaged)}, of the minimum's own "
        if averaged < plain:
            return f"{told}{format_number(plain)}; ravine predict gives the averages."
        return f"{told}{format_number(plain)}; averages doubt too much here, ravine predict gives the latter."
    mean, std = posterior.predict(X, noise=True)
    report = coverage(y, mean[:, 0], std[:, 0], levels=[0.68, 0.95])
    claims = zip(report.claimed, report.observed, report.standard_errors, strict=True)
    held = ", ".join(
        f"bars of {100 * claimed:.0f} % hold {100 * observed:.0f} % of them (± {100 * chance:.0f} by chance)"
        for claimed, observed, chance in claims
    )
    root = format_number(float(np.sqrt(np.square(mean[:, 0] - y).mean())))
    return f"The root mean square error of the rows is {root}; {held}."


def fit_picture(
    posterior: rv.LaplacePosterior, recipe: Recipe, X: NDArray[np.float64], y: NDArray[Any], title: str
) -> bytes:
    """Predicted against true with error bars; of classes, right answers against probabilities."""
    if recipe.task == CLASSIFICATION:
        plain, averaged = _both_probabilities(posterior, X)
        reports = {"averaged": reliability(averaged, y), "of the minimum": reliability(plain, y)}
        return png(plots.calibration(reports, title=title))
    mean, std = posterior.predict(X, noise=True)
    return png(plots.predictions(y, mean[:, 0], std[:, 0], title=title))


def averaging_helps(
    posterior: rv.LaplacePosterior, recipe: Recipe, X: NDArray[np.float64], y: NDArray[Any]
) -> bool:
    """Whether probabilities averaged over the posterior have the lower log loss; True for a quantity.

    Where the classes are separated, curvature says little of how sure the network may be.
    """
    if recipe.task != CLASSIFICATION:
        return True
    averaged, plain = _log_losses(posterior, X, y)
    return averaged < plain


def _log_losses(
    posterior: rv.LaplacePosterior, X: NDArray[np.float64], y: NDArray[Any]
) -> tuple[float, float]:
    plain, averaged = _both_probabilities(posterior, X)
    least = np.finfo(np.float64).tiny
    averaged_loss, plain_loss = (
        float(-np.log(np.maximum(p[np.arange(len(y)), y], least)).mean()) for p in (averaged, plain)
    )
    return averaged_loss, plain_loss


def _both_probabilities(
    posterior: rv.LaplacePosterior, X: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Those of the network alone, and those averaged over the posterior."""
    plain = probabilities(posterior.model.predict(X), "cross_entropy")
    return np.asarray(plain), posterior.predict_proba(X)
