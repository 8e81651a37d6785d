"""The rate is the option that matters most: too small crawls, too large bounces or explodes.

Fact: curves from one start over the same batches tell a rate that is too small, a good one and one that is
too large.
Set-up: digits, gradient descent with momentum 0.9 at four rates, 10 epochs.
Outcome: the good rate is first at the goal; a hundredth of it does not arrive; ten times it ends above it;
a hundred times it diverges or stays above the start.
"""

from __future__ import annotations

from _picture import look, new_figure, save

import ravine as rv

RATES = {"too small, 0.0005": 0.0005, "good, 0.05": 0.05, "too large, 0.5": 0.5, "far too large, 5": 5.0}


def main() -> None:
    X, y = rv.datasets.digits()
    X = rv.Standardizer.fit(X).transform(X)
    net = rv.MLP([64, 32, 10], seed=0)
    problem = rv.TrainingProblem(net, X, y, loss="cross_entropy", epochs=10, name="digits")
    rules = {name: rv.optim.SGD(lr=rate, momentum=0.9) for name, rate in RATES.items()}
    comparison = rv.compare(problem, rules)
    print(comparison)
    small, good, large, wild = comparison.runs
    assert comparison.fastest == good.name
    assert str(small.verdict) == "slow"
    assert large.values[-1] > 3 * good.values[-1]
    assert str(wild.verdict) == "diverged" or wild.values[-1] > wild.values[0]

    def draw():
        figure = new_figure()
        axes = figure.subplots()
        for k, run in enumerate(comparison.runs):
            axes.semilogy(run.updates, run.values, label=run.name, **look(k))
        axes.set_ylim(good.lowest / 2, 1000)
        axes.set_title("mean loss of each epoch")
        axes.set_xlabel("updates")
        axes.legend(loc="upper right")
        return figure

    save("learning_rates", draw)


if __name__ == "__main__":
    main()
