"""The link lines are the architecture: a room includes only what its CMake target links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rooms import CPP, NO_ROOMS, ROOT, Room, includes, reachable, read_rooms

ROOMS = read_rooms()


def foreign_includes(rooms: dict[str, Room], name: str) -> list[str]:
    """Every quoted include of a room that leads into a room which it does not link, or nowhere."""
    allowed = reachable(rooms, name)
    cpp = rooms[name].folder.parent
    return [
        f'{path.relative_to(cpp)} includes "{target}"'
        for path in rooms[name].files()
        for bracket, target in includes(path)
        if bracket == '"' and (target.split("/")[0] not in allowed or not (cpp / target).is_file())
    ]


@pytest.mark.parametrize("name", ROOMS)
def test_includes_only_what_it_links(name: str) -> None:
    assert foreign_includes(ROOMS, name) == []


@pytest.mark.parametrize("name", ROOMS)
def test_lists_exactly_the_sources_that_exist(name: str) -> None:
    present = {
        path.relative_to(CPP / name).as_posix() for path in ROOMS[name].files() if path.suffix == ".cpp"
    }
    assert set(ROOMS[name].sources) == present


def test_links_lead_one_way() -> None:
    circular = {name for name, room in ROOMS.items() for link in room.links if name in reachable(ROOMS, link)}
    assert circular == set()


def test_bindings_are_used_by_no_room() -> None:
    assert [name for name, room in ROOMS.items() if "bindings" in room.links] == []


def test_every_folder_is_a_room_and_is_built() -> None:
    folders = {path.name for path in CPP.iterdir() if path.is_dir()}
    top = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    built = set(re.findall(r"add_subdirectory\(cpp/(\w+)\)", top))
    assert folders == built == set(ROOMS) | NO_ROOMS


@pytest.mark.parametrize(
    ("pattern", "owner"),
    [
        (r"#\s*include\s*<omp\.h>|#\s*pragma\s+omp\b", r"base/threads\w*\.\w+"),
        (r"#\s*include\s*<(thread|future|pthread\.h)>", r"base/threads\w*\.\w+"),
        (r"#\s*include\s*<(pybind11/|Python\.h)", r"bindings/.*"),
    ],
    ids=["openmp", "threads", "python"],
)
def test_confined_to_its_place(pattern: str, owner: str) -> None:
    users = {
        path.relative_to(CPP).as_posix()
        for room in ROOMS.values()
        for path in room.files()
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }
    assert users, "no user at all: the pattern has lost its meaning"
    assert {user for user in users if not re.fullmatch(owner, user)} == set()


def test_the_check_sees_a_foreign_include(tmp_path: Path) -> None:
    for name, links, include in [("base", "", "linalg/a.hpp"), ("linalg", "LINKS base", "base/a.hpp")]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "CMakeLists.txt").write_text(f"ravine_room({name} {links} SOURCES a.cpp)", encoding="utf-8")
        (folder / "a.hpp").write_text("", encoding="utf-8")
        (folder / "a.cpp").write_text(f'#include "{include}"\n', encoding="utf-8")
    rooms = read_rooms(tmp_path)
    assert rooms["linalg"].links == ("base",)
    assert foreign_includes(rooms, "base") == ['base/a.cpp includes "linalg/a.hpp"']
    assert foreign_includes(rooms, "linalg") == []
