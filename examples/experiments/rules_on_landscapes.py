"""On a ravine descent goes across, momentum along; at a saddle descent stays, the others leave.

Fact: a rate that is stable across a ravine is slow along it, and near a saddle the gradient fades before
its curvature is felt.
Set-up: `rv.compare` on the quadratic of condition number 100 and on the saddle, default rules and rates.
Outcome: descent changes side at each of its first updates and needs most updates of all; within 100 updates
it is the only rule that stays at the saddle.
"""

from __future__ import annotations

import numpy as np
from _picture import folder, save

import ravine as rv


def main() -> None:
    ravine = rv.compare(rv.surfaces.Ravine(condition=100))
    saddle = rv.compare(rv.surfaces.Saddle())
    print(f"{ravine}\n\n{saddle}")

    across = ravine["SGD"].path[:12, 1]
    assert (np.sign(across[1:]) == -np.sign(across[:-1])).all()
    needed = {name: run.updates_to_goal for name, run in ravine.items()}
    assert None not in needed.values()
    assert max(needed, key=needed.get) == "SGD"
    assert needed["momentum"] < needed["SGD"] / 2
    assert [name for name, run in saddle.items() if str(run.verdict) == "stays at saddle"] == ["SGD"]

    save("rules_on_the_ravine", lambda: rv.plots.paths(ravine))
    save("rules_on_the_saddle", lambda: rv.plots.paths(saddle))
    if rv.plots.matplotlib_available():
        rv.plots.animate(ravine, folder() / "rules_on_the_ravine.gif", frames=30, seconds=5)
        rv.plots.animate(saddle, folder() / "rules_on_the_saddle.gif", frames=30, seconds=5)


if __name__ == "__main__":
    main()
