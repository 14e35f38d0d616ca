"""What the kernel says about processes and their sockets (Linux, /proc)."""

import time
from dataclasses import dataclass
from pathlib import Path

_LISTEN = "0A"
_LOOPBACK = {"0100007F", "00000000000000000000000001000000"}


@dataclass(frozen=True)
class ProcessId:
    """A process id that cannot be mistaken for a later process: with the start time, in clock ticks since boot."""

    pid: int
    started: int

    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        state = _stat(self.pid)
        return state is not None and state[0] != "Z" and state[2] == self.started


def family(root: int) -> set[ProcessId]:
    """A process and all its descendants."""
    stats = {int(path.name): _stat(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    found, fresh = set(), {root}
    while fresh:
        found |= fresh
        fresh = {pid for pid, stat in stats.items() if stat and stat[1] in found} - found
    return {ProcessId(pid, stat[2]) for pid, stat in stats.items() if pid in found and stat}


def wait_until_gone(processes: set[ProcessId], within_s: float = 30.0) -> set[ProcessId]:
    """Those that are still alive after the time; it returns as soon as there is none."""
    deadline = time.monotonic() + within_s
    while (alive := {process for process in processes if process.is_alive()}) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def open_to_the_network(processes: set[ProcessId]) -> set[str]:
    """Listening TCP sockets of these processes that are bound to anything but loopback, as the kernel writes them."""
    inodes = {inode for process in processes for inode in _socket_inodes(process.pid)}
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            address, state, inode = fields[1], fields[3], fields[9]
            if state == _LISTEN and inode in inodes and address.partition(":")[0] not in _LOOPBACK:
                found.add(address)
    return found


def listening(processes: set[ProcessId]) -> int:
    """How many TCP sockets of these processes listen."""
    inodes = {inode for process in processes for inode in _socket_inodes(process.pid)}
    lines = [
        line.split() for table in ("tcp", "tcp6") for line in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    return sum(fields[3] == _LISTEN and fields[9] in inodes for fields in lines)


def _socket_inodes(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target.removeprefix("socket:[").removesuffix("]"))
    return found


def _stat(pid: int) -> tuple[str, int, int] | None:
    """State, parent and start time (proc(5): the name in brackets may hold spaces)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1]), int(fields[19])
