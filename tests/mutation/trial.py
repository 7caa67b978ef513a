"""Run a target's tests against a mutant, in a process of its own that has all but our own modules loaded already."""

import asyncio
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import Phase, settings

from mutation.mutants import Module, Mutant
from mutation.targets import REPOSITORY, Target

# A mutant may loop: its processor time is limited by what the tests take, and time on the wall, which a busy machine
# stretches, for when it waits.
CPU_FACTOR, CPU_SECONDS_MORE = 5, 5
WALL_FACTOR, WALL_SECONDS_MORE = 10, 60
MEMORY_BYTES = 4 * 2**30

_FORK = multiprocessing.get_context("fork")
# Cut off, the fixtures of the tiers that have a control plane are not loaded: they load much more than is tested.
_OPTIONS = ("-q", "-x", "--assert=plain", "-p", "no:cacheprovider", "--confcutdir=tests/unit")


class _Session:
    """Do for a run what tests/conftest.py does, which is cut off, and see how long each file takes."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @staticmethod
    def pytest_sessionstart() -> None:
        asyncio.set_event_loop(None)
        # That an example fails is enough; a smaller one would only take time.
        settings.register_profile("mutants", settings(), phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid.partition("::")[0]] += report.duration


class TestsFail(Exception):
    """Report that the tests fail without any fault."""


class _MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Give the mutants where their modules are imported."""

    def __init__(self, mutants: Iterable[Mutant]) -> None:
        self._mutants = {mutant.module.name: mutant for mutant in mutants}

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a mutant's spec for its module alone."""
        del path, target
        if fullname not in self._mutants:
            return None
        file = self._mutants[fullname].module.path
        folders = [str(file.parent)] if file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(fullname, file, loader=self, submodule_search_locations=folders)

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant's code as the module's."""
        mutant = self._mutants[module.__name__]
        code = compile(mutant.source, mutant.module.path, "exec")
        exec(code, module.__dict__)  # noqa: S102 -- the mutant is our own code


@dataclass(frozen=True)
class Laboratory:
    """Try mutants of a target; `cpu_seconds` is what its tests take when nothing is wrong, `seconds` by file."""

    target: Target
    cpu_seconds: float
    seconds: Mapping[str, float]

    @classmethod
    def prepared(cls, target: Target, modules: Sequence[Module]) -> "Laboratory":
        """Run the tests, load what they load that is not ours, and try all modules as they are; raises TestsFail."""
        receiver, sender = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_rehearse, args=([*target.test_files()], sender))
        process.start()
        sender.close()
        try:
            status, names, cpu_seconds, seconds = receiver.recv()
        except EOFError:
            status, names, cpu_seconds, seconds = "nothing", [], 0.0, {}
        process.join()
        if status != pytest.ExitCode.OK:
            raise TestsFail(f"{target.tests} does not pass as it is: pytest ends with {status}")
        for name in names:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        laboratory = cls(target, cpu_seconds, seconds)
        unchanged = [Mutant(module, "", "", module.path.read_bytes()) for module in modules]
        control = laboratory._started(unchanged)
        control.join(laboratory._wall_seconds)
        if _ended(control) != 0:
            raise TestsFail("the modules are taken for mutants as they are: a test is not sure of itself")
        return laboratory

    @property
    def _wall_seconds(self) -> float:
        return self.cpu_seconds * WALL_FACTOR + WALL_SECONDS_MORE

    def verdicts(self, mutants: Iterable[Mutant], jobs: int) -> Iterator[tuple[Mutant, bool]]:
        """Yield each mutant, as it is done, with whether a test noticed it."""
        waiting = iter(mutants)
        running: dict[BaseProcess, tuple[Mutant, float]] = {}
        while True:
            while len(running) < jobs and (mutant := next(waiting, None)):
                running[self._started([mutant])] = mutant, time.monotonic() + self._wall_seconds
            if not running:
                return
            soonest = min(deadline for _, deadline in running.values())
            connection.wait([process.sentinel for process in running], max(0.0, soonest - time.monotonic()))
            for process, (mutant, deadline) in list(running.items()):
                if process.exitcode is None and time.monotonic() < deadline:
                    continue
                del running[process]
                yield mutant, _ended(process) != 0

    def _started(self, mutants: Sequence[Mutant]) -> BaseProcess:
        cpu_limit = int(self.cpu_seconds * CPU_FACTOR) + CPU_SECONDS_MORE
        mirror = self.target.mirror(mutants[0].module)
        others = [file for file in self.target.test_files() if file != mirror]
        runs = [[mirror], sorted(others, key=lambda file: self.seconds.get(file, 0.0))]
        process = _FORK.Process(target=_try, args=(mutants, runs, cpu_limit), daemon=True)
        process.start()
        return process


def _ended(process: BaseProcess) -> int | None:
    if process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.join()
    return process.exitcode


def _rehearse(files: list[str], sender: "connection.Connection[object, object]") -> None:
    before, session = set(sys.modules), _Session()
    begun = time.process_time()
    status = _pytest(files, session)
    loaded = [name for name in sys.modules if name not in before and not _is_ours(sys.modules[name])]
    sender.send((status, loaded, time.process_time() - begun, session.seconds))


def _try(mutants: Sequence[Mutant], runs: list[list[str]], cpu_limit: int) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit, cpu_limit))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.meta_path.insert(0, _MutantFinder(mutants))
    for files in runs:
        if (REPOSITORY / files[0]).exists() and (status := _pytest(files, _Session())) != pytest.ExitCode.OK:
            sys.exit(status)
    sys.exit(0)


def _pytest(files: list[str], session: _Session) -> int:
    os.chdir(REPOSITORY)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
        return pytest.main([*_OPTIONS, *files], plugins=[session])


def _is_ours(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).is_relative_to(REPOSITORY) and ".venv" not in Path(file).parts
