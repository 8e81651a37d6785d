"""What the repository says about itself: its tracked files, the rooms of cpp/, the lines that link them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPP = ROOT / "cpp"
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)

# Folders of cpp/ that are no rooms: the check of the CPU is plain C, compiled once, at the baseline.
NO_ROOMS = {"cpu"}


@dataclass(frozen=True)
class Room:
    """One folder of cpp/ as its CMakeLists.txt declares it."""

    folder: Path
    links: tuple[str, ...]
    sources: tuple[str, ...]

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.suffix in {".cpp", ".hpp"})


def read_room(cmake: Path) -> Room:
    """The call of ravine_room or ravine_module in a cpp/<room>/CMakeLists.txt."""
    text = re.sub(r"#.*", "", cmake.read_text(encoding="utf-8"))
    call = re.search(r"ravine_(room|module)\(([^)]*)\)", text)
    assert call, f"{cmake} declares no room"
    if call[1] == "room":
        declared = call[2].split()[0]
        assert declared == cmake.parent.name, (
            f"{cmake} declares {declared!r}: the name of its folder is expected"
        )
    links = re.search(r"\bLINKS\b([^A-Z)]*)", call[2])
    # Sources of one thread backend may stand outside the call, in a variable; every name in the file counts.
    sources = re.findall(r"[\w./]+\.cpp\b", text)
    return Room(cmake.parent, tuple(links[1].split()) if links else (), tuple(sources))


def read_rooms(cpp: Path = CPP) -> dict[str, Room]:
    return {
        path.parent.name: read_room(path)
        for path in sorted(cpp.glob("*/CMakeLists.txt"))
        if path.parent.name not in NO_ROOMS
    }


def reachable(rooms: dict[str, Room], name: str) -> set[str]:
    """The rooms that `name` may use: itself and all that its link lines lead to."""
    found: set[str] = set()
    todo = [name]
    while todo:
        room = todo.pop()
        if room not in found:
            found.add(room)
            todo.extend(rooms[room].links)
    return found


def includes(path: Path) -> list[tuple[str, str]]:
    """The included names of a file, each after its opening bracket: '"' or '<'."""
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def tracked_files() -> list[Path] | None:
    """The files that git knows, or None outside a clone (in an unpacked source distribution, say)."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return None
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]
