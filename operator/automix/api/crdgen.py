"""Models into CustomResourceDefinitions. `python -m automix.api.crdgen FOLDER` writes them."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel

from automix.api.automix import AutoMixSpec, AutoMixStatus
from automix.api.meta import GROUP, VERSION
from automix.api.schema import structural
from automix.api.zegoapp import ClusterZegoAppSpec, ZegoAppSpec, ZegoAppStatus


class Column(NamedTuple):
    """One printer column; wide ones show with `kubectl get -o wide`."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the column as the CRD has it."""
        priority = {"priority": 1} if self.wide else {}
        return {"name": self.name, "type": self.type, "jsonPath": self.path, **priority}


class Kind(NamedTuple):
    """All that tells one CRD from another."""

    kind: str
    plural: str
    short: str
    namespaced: bool
    spec: type[BaseModel]
    status: type[BaseModel]
    columns: tuple[Column, ...]
    selectable: tuple[str, ...] = ()


def _condition(name: str, field: str = "status") -> str:
    return f'.status.conditions[?(@.type=="{name}")].{field}'


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: repeated parts in full, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 -- PyYAML's own signature
        return True


_AGE = Column("Age", ".metadata.creationTimestamp", "date")
_APP_COLUMNS = (
    Column("App", ".spec.appId", "integer"),
    Column("Ready", _condition("Ready")),
    Column("Reason", _condition("Ready", "reason")),
    _AGE,
)

KINDS = (
    Kind(
        kind="AutoMix",
        plural="automixes",
        short="amix",
        namespaced=True,
        spec=AutoMixSpec,
        status=AutoMixStatus,
        columns=(
            Column("Room", ".spec.roomId"),
            Column("Ready", _condition("Ready")),
            Column("Active", _condition("Active")),
            Column("Reason", _condition("Ready", "reason")),
            Column("Sequence", ".status.sequence", "integer"),
            Column("Task", ".status.taskId", wide=True),
            Column("Play", ".status.playInfo[0].rtmp", wide=True),
            _AGE,
        ),
        selectable=(".spec.roomId", ".spec.appRef.name"),
    ),
    Kind(
        kind="ZegoApp",
        plural="zegoapps",
        short="zapp",
        namespaced=True,
        spec=ZegoAppSpec,
        status=ZegoAppStatus,
        columns=_APP_COLUMNS,
    ),
    Kind(
        kind="ClusterZegoApp",
        plural="clusterzegoapps",
        short="czapp",
        namespaced=False,
        spec=ClusterZegoAppSpec,
        status=ZegoAppStatus,
        columns=_APP_COLUMNS,
    ),
)


def crd(kind: Kind) -> dict[str, Any]:
    """Return the CustomResourceDefinition of a kind."""
    # A default on the status object, not on the property alone: only then does a new object have it, and kstatus
    # and Argo CD take an object that nobody has seen for what it is.
    status = structural(kind.status) | {"default": {"observedGeneration": -1}}
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.to_json() for column in kind.columns],
        "schema": {
            "openAPIV3Schema": {
                "description": kind.spec.__doc__,
                "type": "object",
                "required": ["spec"],
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                    "spec": structural(kind.spec),
                    "status": status,
                },
            }
        },
    }
    if kind.selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in kind.selectable]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": {
                "kind": kind.kind,
                "listKind": f"{kind.kind}List",
                "plural": kind.plural,
                "singular": kind.kind.lower(),
                "shortNames": [kind.short],
                "categories": ["zego"],
            },
            "versions": [version],
        },
    }


def write(folder: Path) -> None:
    """Write one file per kind, named by its plural."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        text = yaml.dump(crd(kind), Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
        header = "# Generated from operator/automix/api by `make generate`; change the models, not this file.\n"
        (folder / f"{kind.plural}.yaml").write_text(header + text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
