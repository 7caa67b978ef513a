"""The sets of executables this project uses, as data: what is in each, and in which version.

A version is written once, in the go.mod of the set's Go module.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Archive:
    """What an official envtest archive offers of a toolset."""

    version: str
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Toolset:
    """Executables that belong together and are built from one Go module, mostly one of versions and checksums alone."""

    name: str
    module: Path
    """The folder of the Go module."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Import path of the main package, by the executable's name."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """Path within the module `released_as`, by the name of a file that is taken from there as it is."""
    released_as: str
    """The Go module whose version is the toolset's version."""
    build_minutes: int
    """How long a first build takes on two cores."""
    version_variable: str | None = None
    """The Go variable that the version is linked into."""
    assets_variable: str | None = None
    """The environment variable that may name a folder with these executables."""
    archive: Archive | None = None

    @property
    def names(self) -> list[str]:
        """All that is in it."""
        return [*self.packages, *self.documents]

    @property
    def version(self) -> str:
        """Read the version, like `v1.37.2`, from go.mod; ValueError if it is not there."""
        match = re.search(rf"^\s*{re.escape(self.released_as)} (v\S+)", self._read("go.mod").decode(), re.MULTILINE)
        if match is None:
            raise ValueError(f"{self.module / 'go.mod'}: requires no {self.released_as}")
        return match[1]

    @property
    def key(self) -> str:
        """Name exactly these versions and sources, so that a cache never answers with older ones."""
        sources = (file.name for file in sorted(self.module.glob("*.go")))
        digest = sha256(b"".join(map(self._read, ("go.mod", "go.sum", *sources)))).hexdigest()
        return f"{self.name}-{self.version}-{digest[:12]}"

    def _read(self, file: str) -> bytes:
        return (self.module / file).read_bytes()


CONTROL_PLANE = Toolset(
    name="control-plane",
    module=HERE / "controlplane",
    packages={
        "etcd": "go.etcd.io/etcd/server/v3",
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    },
    released_as="k8s.io/kubernetes",
    version_variable="k8s.io/component-base/version.gitVersion",
    build_minutes=10,
    assets_variable="KUBEBUILDER_ASSETS",
    archive=Archive(version="v1.37.0", names=frozenset({"etcd", "kube-apiserver"})),
)

# No archive and no executable of the user's: the rendered manifests are compared, so the version is fixed.
HELM = Toolset(
    name="helm",
    module=HERE / "helm",
    packages={
        "helm": "helm.sh/helm/v4/cmd/helm",
        "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform",
    },
    released_as="helm.sh/helm/v4",
    version_variable="helm.sh/helm/v4/internal/version.version",
    build_minutes=4,
)

# Libraries, kstatus itself and what Flux puts before it: the module's own main.go makes them a command.
KSTATUS = Toolset(
    name="kstatus",
    module=HERE / "kstatus",
    packages={"kstatus": "."},
    released_as="github.com/fluxcd/cli-utils",
    build_minutes=2,
)

# No executable: what the oldest Kubernetes that the charts let in says of its API. The newest is the control plane.
OLDEST_API = Toolset(
    name="oldest-api",
    module=HERE / "oldestapi",
    documents={"openapi.json": "api/openapi-spec/swagger.json"},
    released_as="k8s.io/kubernetes",
    build_minutes=1,
)

TOOLSETS: Mapping[str, Toolset] = {toolset.name: toolset for toolset in (CONTROL_PLANE, HELM, KSTATUS, OLDEST_API)}
