"""More samples make a gradient better by the square root of their number, and dearer by the number itself.

Fact: the standard error of a mini-batch gradient is σ/√n. A hundred times more samples cost a hundred times
more and leave a tenth of the error; where rows are copies of one another, one of them says it all.
Set-up: a network on 20,000 rows; gradients at one θ from batches of 100 to 10,000 rows drawn with
replacement.
Outcome: the error falls with n to the power -½; in duplicated data one row gives the gradient of all.
"""

from __future__ import annotations

import time

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

SIZES = [100, 316, 1000, 3162, 10_000]
REPEATS = 40


def errors_and_costs() -> tuple[list[float], list[float]]:
    """Relative error of the gradient, root mean square over draws, and seconds, for each batch size."""
    random = np.random.default_rng(0)
    X = random.normal(size=(20_000, 8))
    y = np.sin(X @ random.normal(size=8)) + 0.3 * random.normal(size=len(X))
    risk = rv.EmpiricalRisk(rv.MLP([8, 16, 1], seed=0), X, y)
    exact = risk.gradient()
    errors, seconds = [], []
    for n in SIZES:
        draws = [risk.subset(random.integers(0, len(X), n)) for _ in range(REPEATS)]
        start = time.perf_counter()
        gradients = [draw.gradient() for draw in draws]
        seconds.append((time.perf_counter() - start) / REPEATS)
        squares = [np.sum((gradient - exact) ** 2) for gradient in gradients]
        errors.append(float(np.sqrt(np.mean(squares)) / np.linalg.norm(exact)))
    return errors, seconds


def error_of_one_row_among_copies() -> float:
    """Relative difference between the gradient on one row and that on 10,000 copies of it."""
    row = np.random.default_rng(1).normal(size=(1, 8))
    net = rv.MLP([8, 16, 1], seed=0)
    one = rv.EmpiricalRisk(net, row, np.ones(1)).gradient()
    copies = rv.EmpiricalRisk(net, np.repeat(row, 10_000, axis=0), np.ones(10_000)).gradient()
    return float(np.linalg.norm(one - copies) / np.linalg.norm(copies))


def main() -> None:
    errors, seconds = errors_and_costs()
    slope = np.polyfit(np.log(SIZES), np.log(errors), 1)[0]
    ratio = errors[0] / errors[-1]
    copies = error_of_one_row_among_copies()
    print(f"100 against 10,000 samples: error ratio {ratio:.1f}, slope {slope:.3f}")
    print(f"time ratio {seconds[-1] / seconds[0]:.0f}; one row of 10,000 copies is wrong by {copies:.0e}")
    assert abs(slope + 0.5) < 0.05
    assert 8 < ratio < 12.5
    assert copies < 1e-12

    def draw():
        figure = new_figure()
        axes = figure.subplots()
        axes.loglog(SIZES, errors, marker="o", label="measured", **{**look(0), "linestyle": ""})
        axes.loglog(SIZES, errors[0] * np.sqrt(100 / np.array(SIZES)), label="∝ 1/√n", **look(1))
        axes.set_yticks([0.05, 0.1, 0.2, 0.5], ["5 %", "10 %", "20 %", "50 %"])
        axes.minorticks_off()
        axes.set_title("relative error of the gradient")
        axes.set_xlabel("samples n (cost ∝ n)")
        axes.legend()
        return figure

    save("sample_sizes", draw)


if __name__ == "__main__":
    main()
