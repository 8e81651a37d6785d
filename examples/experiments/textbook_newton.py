"""Newton's method as printed goes to the nearest critical point, of whatever kind; a fixed shift is no cure.

Fact: where H is indefinite or negative definite the step -H⁻¹g leads to the saddle or the maximum of the
quadratic model, and a shorter one leads there more slowly. A shift α large enough to make H + αI definite
everywhere makes the steps so short that gradient descent is faster (Goodfellow, Bengio and Courville
2016, §8.6.1).
Set-up: Himmelblau's function, with four minima, four saddles and a maximum, from a grid of 31 × 31
starts: the textbook's step whole, halved, and with a shift that hardly more than makes H definite on the
window; gradient descent with a line search; Newton's method with its safeguards.
Outcome: two fifths of the textbook's runs end in a saddle or the maximum, halved steps no fewer; shifted
steps all end in minima, in more than twice the iterations of gradient descent; the safeguarded ones all
end in minima, in half of its iterations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from _picture import COLORS, new_figure, save

import ravine as rv

AXIS = np.linspace(-4.93, 5.07, 31)  # no start is a critical point, or lies on a line of symmetry
KINDS = ["minimum", "saddle", "maximum"]  # by the number of negative eigenvalues


def himmelblau(point: np.ndarray) -> float:
    x, y = point
    return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2


def gradient(point: np.ndarray) -> np.ndarray:
    x, y = point
    a, b = x * x + y - 11, x + y * y - 7
    return np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])


def hessian(point: np.ndarray) -> np.ndarray:
    x, y = point
    a, b = x * x + y - 11, x + y * y - 7
    return np.array([[4 * a + 8 * x * x + 2, 4 * (x + y)], [4 * (x + y), 4 * b + 8 * y * y + 2]])


@dataclass(frozen=True)
class Runs:
    """What a method makes of all starts.

    kinds : (31, 31), negative eigenvalues at the end, by y and x of the start.
    iterations : the same shape.
    """

    kinds: np.ndarray
    iterations: np.ndarray

    def share(self, kind: str) -> float:
        return float(np.mean(self.kinds == KINDS.index(kind)))

    @property
    def mean(self) -> float:
        return float(self.iterations.mean())


def run_all(method: str, **options: float) -> Runs:
    settings = {"jac": gradient, "hess": hessian, "gtol": 1e-6, "certificate": False, **options}
    results = [rv.minimize(himmelblau, [x, y], method=method, **settings) for y in AXIS for x in AXIS]
    assert all(np.linalg.norm(gradient(result.x)) <= 1e-5 for result in results)
    kinds = [rv.linalg.ldlt(hessian(result.x)).inertia.negative for result in results]
    shape = (AXIS.size, AXIS.size)
    return Runs(np.reshape(kinds, shape), np.reshape([result.nit for result in results], shape))


def main() -> None:
    lowest = min(np.linalg.eigvalsh(hessian([x, y]))[0] for x in AXIS for y in AXIS)
    shift = 1 - lowest
    methods = {
        "textbook": run_all("textbook-newton"),
        "halved steps": run_all("textbook-newton", step_length=0.5),
        f"shift {shift:.0f}": run_all("textbook-newton", shift=shift),
        "gradient descent": run_all("gradient-descent"),
        "safeguarded": run_all("newton"),
    }
    for name, runs in methods.items():
        shares = ", ".join(f"{kind} {runs.share(kind):.0%}" for kind in KINDS)
        print(f"{name:16} {shares}; {runs.mean:.1f} iterations")
    textbook, halved, shifted, descent, safeguarded = methods.values()
    assert textbook.share("saddle") > 0.25
    assert textbook.share("maximum") > 0.02
    assert halved.share("minimum") <= textbook.share("minimum") < 0.7
    for other in (shifted, descent, safeguarded):
        assert other.share("minimum") == 1
    assert shifted.mean > 2 * descent.mean
    assert safeguarded.mean < 0.5 * descent.mean

    save("textbook_newton", lambda: draw(textbook, methods))


def draw(textbook, methods):
    """Where each start ends, over the function's levels, and how long each method takes."""
    figure = new_figure(2)
    left, right = figure.subplots(1, 2)
    x, y = np.meshgrid(AXIS, AXIS)
    left.contour(x, y, np.log1p(himmelblau(np.array([x, y]))), levels=10, colors="0.8", linewidths=0.6)
    for number, (kind, marker) in enumerate(zip(KINDS, ("o", "s", "^"), strict=True)):
        here = textbook.kinds == number
        left.plot(
            x[here], y[here], marker, color=COLORS[number], markersize=3, label=f"{here.mean():.0%} {kind}"
        )
    left.set_title("where the textbook's step ends, by start")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)
    left.grid(visible=False)
    names = list(methods)
    bars = right.barh(names, [runs.mean for runs in methods.values()], color=COLORS[0])
    right.bar_label(bars, [f" {runs.share('minimum'):.0%} to minima" for runs in methods.values()])
    right.set_xlim(right=62)
    right.invert_yaxis()
    right.set_title("mean iterations")
    right.grid(visible=False, axis="y")
    return figure


if __name__ == "__main__":
    main()
