"""Learning curves show the numbers they were given, in one style, and leave nothing behind."""

from __future__ import annotations

import builtins
import io
import sys
from typing import Any

import numpy as np
import pytest

from ravine import plots


def history(epochs: int, **columns: Any) -> dict[str, Any]:
    return {"epoch": np.arange(1, epochs + 1), "loss": 1.0 / np.arange(1, epochs + 1), **columns}


@pytest.fixture
def _drawn() -> None:
    pytest.importorskip("matplotlib")


@pytest.mark.usefixtures("_drawn")
def test_curves_hold_the_numbers() -> None:
    error = np.linspace(0.5, 0.02, 20)
    columns = {"validation_loss": np.linspace(2, 1, 20), "validation_metric": error}
    figure = plots.learning_curve(history(20, **columns), metric_name="error", title="a title")
    loss, metric = figure.axes
    assert [line.get_label() for line in loss.lines] == ["training", "validation"]
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), history(20)["loss"])
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), columns["validation_loss"])
    np.testing.assert_allclose(metric.lines[0].get_ydata(), 100 * error)
    assert loss.get_yscale() == "log"
    assert metric.get_ylim()[0] == 0
    # The same colour and dashes mean the same rows in both panels.
    assert loss.lines[1].get_color() == metric.lines[0].get_color() != loss.lines[0].get_color()
    assert [line.is_dashed() for line in (*loss.lines, *metric.lines)] == [False, True, True]


@pytest.mark.usefixtures("_drawn")
@pytest.mark.parametrize(
    ("columns", "panels"),
    [
        ({}, 1),
        ({"validation_loss": np.full(3, np.nan), "validation_metric": np.full(3, np.nan)}, 1),
        ({"validation_loss": np.ones(3), "validation_metric": np.array([-9.0, 0.5, 0.9])}, 2),
        ({"validation_loss": np.array([-1.0, 0.0, 1.0])}, 1),
        ({"validation_loss": np.array([np.inf, np.nan, 1.0])}, 1),
    ],
)
def test_any_history_becomes_a_picture(columns: dict[str, Any], panels: int) -> None:
    figure = plots.learning_curve(history(3, **columns), metric_name="r2")
    assert len(figure.axes) == panels
    buffer = io.BytesIO()
    plots.save_figure(figure, buffer)
    assert buffer.getvalue().startswith(b"\x89PNG")
    assert len(buffer.getvalue()) > 5_000


@pytest.mark.usefixtures("_drawn")
def test_a_single_epoch_is_a_visible_point() -> None:
    figure = plots.learning_curve(history(1))
    assert figure.axes[0].lines[0].get_marker() == "o"


@pytest.mark.usefixtures("_drawn")
def test_the_style_does_not_leak() -> None:
    from matplotlib import rcParams

    names = ["font.size", "axes.grid", "axes.spines.top", "legend.frameon", "axes.edgecolor"]
    before = [rcParams[name] for name in names]
    plots.save_figure(plots.learning_curve(history(2)), io.BytesIO())
    assert [rcParams[name] for name in names] == before
    assert "matplotlib.pyplot" not in sys.modules


def test_without_matplotlib_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "matplotlib":
            raise ImportError(name)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert not plots.matplotlib_available()
    with pytest.raises(ImportError, match=r"pip install 'ravine\[cli\]'"):
        plots.learning_curve(history(2))


@pytest.mark.usefixtures("_drawn")
def test_an_empty_history_is_refused() -> None:
    with pytest.raises(ValueError, match="no epoch"):
        plots.learning_curve(history(0))
