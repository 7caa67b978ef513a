"""The samples are what the models accept, and the full one is full."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from automix.api.automix import AutoMix
from automix.api.zegoapp import ZegoApp

REPOSITORY = Path(__file__).parents[3]
MODELS: dict[str, type[BaseModel]] = {"AutoMix": AutoMix, "ZegoApp": ZegoApp, "ClusterZegoApp": ZegoApp}
SAMPLES = sorted((REPOSITORY / "manifests/samples").glob("*.yaml"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.name))
def test_a_sample_is_accepted_and_says_what_it_is_for(sample: Path) -> None:
    assert sample.read_text().startswith("# ")
    ours = [document for document in documents(sample) if document["kind"] in MODELS]
    assert ours
    for document in ours:
        # As the API server would have stored it.
        stored = {**document, "metadata": {**document["metadata"], "uid": "1", "resourceVersion": "1"}}
        MODELS[document["kind"]].model_validate(stored)


def test_the_full_sample_has_every_field_but_the_one_that_excludes_another() -> None:
    (crd,) = documents(REPOSITORY / "crds/automixes.yaml")
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    (sample,) = documents(REPOSITORY / "manifests/samples/full.yaml")
    assert set(declared(schema)) - set(used(sample["spec"])) == {"binaryUserData"}


def test_the_smallest_sample_has_nothing_that_could_be_left_out() -> None:
    (crd,) = documents(REPOSITORY / "crds/automixes.yaml")
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    (sample,) = documents(REPOSITORY / "manifests/samples/smallest.yaml")
    assert set(sample["spec"]) == set(schema["required"])


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def declared(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the path of every field that a schema has, without regard to lists."""
    for name, field in schema.get("properties", {}).items():
        yield prefix + name
        yield from declared(field.get("items", field), f"{prefix}{name}.")


def used(value: object, prefix: str = "") -> Iterator[str]:
    """Yield the path of every field that is set, without regard to lists."""
    if isinstance(value, list):
        for item in value:
            yield from used(item, prefix)
    elif isinstance(value, dict):
        for name, field in value.items():
            yield prefix + name
            yield from used(field, f"{prefix}{name}.")
