"""What can be mutated, and which tests must notice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mutation.mutants import Module

REPOSITORY = Path(__file__).parents[2]
IMPORT_ROOT = REPOSITORY / "operator"


@dataclass(frozen=True)
class Target:
    """Name a package, the folder of its tests, and the modules that are no target; paths are the repository's."""

    package: str
    tests: str
    left_out: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the package is."""
        return IMPORT_ROOT.joinpath(*self.package.split("."))

    def modules(self) -> Iterator[Module]:
        """Yield the modules to mutate, by name."""
        for path in sorted(self.folder.rglob("*.py")):
            name = ".".join(path.relative_to(IMPORT_ROOT).with_suffix("").parts)
            if path.name not in self.left_out:
                yield Module(name.removesuffix(".__init__"), path)

    def mirror(self, module: Module) -> str:
        """Return the test file that mirrors the module, be it there or not: it is the likeliest to notice."""
        mirrored = module.path.relative_to(self.folder).with_name(f"test_{module.path.name}")
        return f"{self.tests}/{mirrored.as_posix()}"

    def test_files(self) -> list[str]:
        """Return all test files."""
        return [str(path.relative_to(REPOSITORY)) for path in sorted((REPOSITORY / self.tests).rglob("test_*.py"))]


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "core": Target("automix.core", "tests/unit/automix/core"),
        "zego": Target("automix.zego", "tests/unit/automix/zego"),
        # Its shell around the state machine is tested over HTTP and as a process.
        "simulator": Target(
            "automix_devkit.simulator",
            "tests/unit/automix_devkit/simulator",
            left_out=("__init__.py", "admin.py", "command.py", "mount.py", "server.py"),
        ),
    }
)
