"""What processes used of this machine: seconds of CPU and bytes of memory, from Linux' /proc."""

import os
import platform
import socket
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """CPU seconds so far: of each known process by its name, and of the machine."""

    of: dict[str, float]
    machine: float

    def since(self, before: "Usage") -> "Usage":
        """Return what was used between two readings; a process that began in between has used all of its."""
        used = {name: seconds - before.of.get(name, 0.0) for name, seconds in self.of.items()}
        return Usage(used, self.machine - before.machine)

    @property
    def strangers(self) -> float:
        """CPU seconds of processes that are no part of the measurement."""
        return max(self.machine - sum(self.of.values()), 0.0)


def usage(processes: dict[str, int]) -> Usage:
    """Return what these processes, given by name, and the whole machine have used."""
    return Usage({name: cpu_seconds(pid) for name, pid in processes.items()}, _machine_seconds())


def children() -> dict[str, int]:
    """Return this process's children by the names of their programs, which differ."""
    found = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        if int(rest.split()[1]) == os.getpid():
            found[name] = int(stat.parent.name)
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    # The name, in brackets, may have blanks.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pid: int, line: str = "VmRSS") -> int:
    """Return the resident bytes of a process: now, or at its peak with `VmHWM`."""
    status = (_PROC / str(pid) / "status").read_text().splitlines()
    return next(int(each.split()[1]) for each in status if each.startswith(f"{line}:")) * 1024


def description() -> str:
    """Return what this machine is: its cores, their name, and the Python on it."""
    lines = (_PROC / "cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unnamed")
    return f"{len(os.sched_getaffinity(0))} cores ({model}), Python {platform.python_version()}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _machine_seconds() -> float:
    """Return the CPU seconds that all processes have used; waiting and what other guests took is none."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, (_PROC / "stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / _TICKS
