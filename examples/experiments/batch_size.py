"""What an update costs depends on the batch and not on the data set; below some batch nothing is gained.

Fact: an update looks at its batch alone. A small batch does not use the machine: its fixed costs remain.
Set-up: seconds an update of one network at batches of 1 to 1,024 rows, on 2,000 and on 64,000 rows; least
of five runs, as others may use the machine.
Outcome: 32 times the rows leave the time of an update about where it was; a batch of one row costs far more
than a sixty-fourth of a batch of 64.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

SIZES = [1, 4, 16, 64, 256, 1024]
ROWS = [2_000, 64_000]
REPEATS = 5


def seconds_an_update(X: np.ndarray, y: np.ndarray, batch_size: int) -> float:
    """The least of several short runs."""
    updates = max(10, 2048 // batch_size)
    times = []
    for repeat in range(REPEATS):
        net = rv.MLP([16, 32, 32, 1], seed=0)
        history = rv.fit(net, X, y, batch_size=batch_size, max_updates=updates, shuffle=False, seed=repeat)
        times.append(history["seconds"][-1] / history.updates)
    return min(times)


def main() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(max(ROWS), 16))
    y = np.sin(X[:, 0])
    times = {n: [seconds_an_update(X[:n], y[:n], size) for size in SIZES] for n in ROWS}
    few, many = times.values()
    for size, a, b in zip(SIZES, few, many, strict=True):
        print(
            f"batch {size:5}: {1e6 * a:7.1f} µs an update on {ROWS[0]:,} rows, {1e6 * b:7.1f} on {ROWS[1]:,}"
        )
    middle = SIZES.index(64)
    assert many[middle] < 4 * few[middle]  # 32 times the rows; loose, since others may use the machine
    assert few[0] > 2 * few[middle] / 64
    assert few[-1] > 3 * few[middle]

    def draw():
        figure = new_figure(2)
        left, right = figure.subplots(1, 2)
        for k, (n, values) in enumerate(times.items()):
            label = f"{n:,} rows in all"
            left.loglog(SIZES, 1e6 * np.array(values), label=label, marker="o", **look(k))
            right.loglog(SIZES, 1e6 * np.array(values) / SIZES, label=label, marker="o", **look(k))
        left.set_title("microseconds an update")
        right.set_title("microseconds a row")
        for axes in (left, right):
            axes.set_xticks(SIZES, [str(size) for size in SIZES])
            axes.minorticks_off()
            axes.set_xlabel("rows in a batch")
        left.set_yticks([10, 20, 50, 100, 200, 500], ["10", "20", "50", "100", "200", "500"])
        right.set_yticks([0.5, 1, 2, 5], ["0.5", "1", "2", "5"])
        left.legend()
        return figure

    save("batch_size", draw)


if __name__ == "__main__":
    main()
