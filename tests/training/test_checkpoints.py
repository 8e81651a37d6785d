"""A resumed run is the uninterrupted one to the bit; a checkpoint that does not fit is refused by name."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.training.state_file import read_tree, write_tree
from support.problems import DTYPES, Problem

COLUMNS = ("epoch", "loss", "gradient_norm", "validation_loss", "validation_metric", "updates", "rate")


def rich_options(problem: Problem) -> dict[str, Any]:
    """A run that uses every part of the state."""
    held_out = Problem(rows=11, seed=7, dtype=problem.dtype)
    return {
        "batch_size": 4,
        "validation_data": (held_out.X, held_out.y),
        "schedule": rv.schedules.OnPlateau(0.3, factor=0.7, patience=1),
        "early_stopping": rv.EarlyStopping(patience=9, min_delta=1e-3),
        "seed": 3,
    }


def run(problem: Problem, **options: Any) -> tuple[rv.MLP, Any, rv.History]:
    net, rule = problem.network(), options.pop("optimizer", None) or rv.optim.Adam(lr=0.3)
    history = rv.fit(net, problem.X, problem.y, optimizer=rule, **{"epochs": 14, **options})
    return net, rule, history


def same(one: tuple[rv.MLP, Any, rv.History], other: tuple[rv.MLP, Any, rv.History]) -> None:
    assert one[0].theta.tobytes() == other[0].theta.tobytes()
    assert one[1].updates == other[1].updates
    for name, vector in one[1].state.items():
        assert vector.tobytes() == other[1].state[name].tobytes()
    for column in COLUMNS:
        np.testing.assert_array_equal(one[2][column], other[2][column])
    assert one[2].stop_reason is other[2].stop_reason
    assert one[2].message == other[2].message


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bound", [{"epochs": 5}, {"max_updates": 17}, {"max_updates": 20}, {"epochs": 14}])
def test_a_resumed_run_is_the_uninterrupted_one(bound: dict[str, int], dtype: str, tmp_path: Path) -> None:
    problem, path = Problem(rows=18, dtype=dtype), tmp_path / "run.npz"
    whole = run(problem, **rich_options(problem))
    run(problem, **rich_options(problem), checkpoint=path, **bound)
    resumed = run(problem, **rich_options(problem), checkpoint=path, resume=True)
    same(resumed, whole)
    assert resumed[2].best_epoch == whole[2].best_epoch


@pytest.mark.parametrize(
    "schedule",
    [rv.schedules.OneCycle(0.2, updates=60), lambda k: 0.1 / (k + 1)],
    ids=["one cycle", "function"],
)
def test_schedules_go_on_at_their_update(schedule: Any, tmp_path: Path) -> None:
    problem, path = Problem(rows=18), tmp_path / "run.npz"
    rule = {"optimizer": rv.optim.SGD(momentum=0.9)}
    whole = run(problem, schedule=schedule, batch_size=4, **rule)
    for limit in (3, 19, 42):
        rule = {"optimizer": rv.optim.SGD(momentum=0.9)}
        run(problem, schedule=schedule, batch_size=4, checkpoint=path, resume=True, max_updates=limit, **rule)
    rule = {"optimizer": rv.optim.SGD(momentum=0.9)}
    same(run(problem, schedule=schedule, batch_size=4, checkpoint=path, resume=True, **rule), whole)


def test_without_a_file_a_resumed_run_begins_and_a_finished_one_is_not_repeated(tmp_path: Path) -> None:
    problem, path = Problem(rows=18), tmp_path / "run.npz"
    whole = run(problem, **rich_options(problem))
    first = run(problem, **rich_options(problem), checkpoint=path, resume=True)
    again = run(problem, **rich_options(problem), checkpoint=path, resume=True)
    same(first, whole)
    same(again, whole)


def test_a_run_that_stopped_early_stays_stopped(tmp_path: Path) -> None:
    problem, path = Problem(rows=18), tmp_path / "run.npz"
    options = {**rich_options(problem), "epochs": 500, "checkpoint": path}
    first = run(problem, **options)
    assert first[2].stop_reason is rv.StopReason.EARLY_STOPPING
    same(run(problem, **options, resume=True), first)


@pytest.fixture
def _ctrl_c_is_heard() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c_is_heard")
def test_after_ctrl_c_in_the_middle_of_an_epoch_the_run_goes_on_to_the_bit(tmp_path: Path) -> None:
    """The core calls this loss within its epoch, so that the signal always comes there."""
    problem, path, calls = Problem(rows=18), tmp_path / "run.npz", 0

    def interrupted_once(f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal calls
        calls += 1
        if calls == 33:
            signal.raise_signal(signal.SIGINT)
        return 0.5 * ((f - y) ** 2).sum(axis=1), f - y

    options: dict[str, Any] = {"loss": rv.losses.Custom(interrupted_once), "batch_size": 4}
    with pytest.raises(KeyboardInterrupt):
        run(problem, **options, checkpoint=path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]
    saved = read_tree(path)
    assert (len(saved["records"]), saved["done"]) == (6, 2)  # of 5 batches
    resumed = run(problem, **options, checkpoint=path, resume=True)
    same(resumed, run(problem, **options))


def test_an_interrupt_between_epochs_leaves_the_last_whole_file(tmp_path: Path) -> None:
    problem, path = Problem(rows=18), tmp_path / "run.npz"
    checkpoint = rv.Checkpoint(path, seconds=0.0)

    def interrupt(record: rv.EpochRecord) -> None:
        if record.epoch == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(problem, **rich_options(problem), checkpoint=checkpoint, callbacks=[interrupt])
    assert len(read_tree(path)["records"]) == 5
    resumed = run(problem, **rich_options(problem), checkpoint=checkpoint, resume=True)
    same(resumed, run(problem, **rich_options(problem)))


def test_every_says_after_how_many_epochs(tmp_path: Path) -> None:
    problem, path, seen = Problem(rows=18), tmp_path / "run.npz", []

    def look(_: rv.EpochRecord) -> None:
        seen.append(len(read_tree(path)["records"]) if path.exists() else 0)

    run(problem, epochs=7, checkpoint=rv.Checkpoint(path, every=3, seconds=0.0), callbacks=[look])
    assert seen == [0, 0, 0, 3, 3, 3, 6]
    assert len(read_tree(path)["records"]) == 7


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"optimizer": rv.optim.SGD(lr=0.3)}, "its optimizer is"),
        ({"optimizer": rv.optim.Adam(lr=0.3, betas=(0.8, 0.999))}, "its optimizer is"),
        ({"batch_size": 5}, "its batch_size is 4, here it is 5"),
        ({"seed": 4}, "its seed is"),
        ({"shuffle": False}, "its shuffle is True, here it is False"),
        ({"l2": 0.1}, r"its l2 is 0.0, here it is 0.1"),
        ({"schedule": None}, "its schedule is OnPlateau"),
        ({"early_stopping": None}, "its early_stopping is"),
        ({"validation_data": None}, "its validation_data is"),
        ({"goal": 0.1}, "its goal is None, here it is 0.1"),
        ({"loss": "binary_cross_entropy"}, "its loss is"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_by_name(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    problem, path = Problem(rows=18, loss="binary_cross_entropy"), tmp_path / "run.npz"
    held_out = Problem(rows=11, seed=7, loss="binary_cross_entropy")
    options = {**rich_options(problem), "validation_data": (held_out.X, held_out.y), "checkpoint": path}
    if "validation_data" in changes:
        options["early_stopping"] = changes["early_stopping"] = rv.EarlyStopping(monitor="loss")
    run(problem, **options, epochs=3)
    net, before = problem.network(), problem.theta.tobytes()
    rule = changes.pop("optimizer", None) or rv.optim.Adam(lr=0.3)
    with pytest.raises(rv.CheckpointError, match=told):
        rv.fit(net, problem.X, problem.y, optimizer=rule, **{**options, **changes}, resume=True)
    assert net.theta.tobytes() == before
    assert rule.updates == 0


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Problem(rows=17), "its X is an array"),
        (Problem(rows=18, seed=1), "its X is an array"),
        (Problem(rows=18, activations=("relu", "tanh", "identity")), "its network is"),
        (Problem(rows=18, dtype="float32"), "its network is"),
    ],
)
def test_a_checkpoint_of_another_network_or_data_is_refused(
    other: Problem, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    run(Problem(rows=18), epochs=2, checkpoint=path)
    with pytest.raises(rv.CheckpointError, match=told):
        run(other, epochs=2, checkpoint=path, resume=True)


@pytest.mark.parametrize("damage", ["cut", "text", "bit", "model", "theta"])
def test_a_damaged_file_is_refused(damage: str, tmp_path: Path) -> None:
    problem, path = Problem(rows=18), tmp_path / "run.npz"
    net, _, _ = run(problem, epochs=2, checkpoint=path)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "text":
        path.write_text("a checkpoint", encoding="utf-8")
    elif damage == "bit":
        content[len(content) // 3] ^= 4
        path.write_bytes(content)
    elif damage == "model":
        net.save(path)
    else:
        write_tree(path, {**read_tree(path), "best_theta": np.zeros(3)})
    fresh = problem.network()
    with pytest.raises(rv.CheckpointError):
        rv.fit(
            fresh,
            problem.X,
            problem.y,
            optimizer=rv.optim.Adam(lr=0.3),
            epochs=2,
            checkpoint=path,
            resume=True,
        )
    assert fresh.theta.tobytes() == problem.theta.tobytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"resume": True}, "checkpoint"),
        ({"checkpoint": 3}, "checkpoint"),
        ({"checkpoint": "no/such/folder/run.npz"}, "folder"),
        ({"checkpoint": "run.npz", "seed": None}, "seed"),
        ({"checkpoint": "run.npz", "seed": np.random.default_rng(0)}, "seed"),
    ],
)
def test_what_cannot_be_resumed_is_refused_before_anything_moves(
    options: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    problem = Problem(rows=12)
    net = problem.network()
    with pytest.raises((ValueError, TypeError, OSError), match=told):
        rv.fit(net, problem.X, problem.y, **options)
    assert net.theta.tobytes() == problem.theta.tobytes()


def test_trees_come_back_as_they_were(tmp_path: Path) -> None:
    tree = {
        "numbers": [1, -2.5e-308, float("inf"), True, None, "text", (0.1, 2)],
        "nested": {"empty": {}, "vector": np.arange(3.0), "scalar": np.array(7, np.int64)},
        "nan": float("nan"),
    }
    write_tree(tmp_path / "tree.npz", tree)
    again = read_tree(tmp_path / "tree.npz")
    assert again["numbers"] == tree["numbers"]
    assert np.isnan(again["nan"])
    np.testing.assert_array_equal(again["nested"]["vector"], np.arange(3.0))
    assert again["nested"]["scalar"].shape == ()
    with pytest.raises(TypeError, match="object"):
        write_tree(tmp_path / "tree.npz", {"thing": object()})
    assert read_tree(tmp_path / "tree.npz")["numbers"] == tree["numbers"]
