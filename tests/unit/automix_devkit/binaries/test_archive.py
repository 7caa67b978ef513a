"""The official archive, published by a server on this machine."""

import hashlib
import io
import platform
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from automix_devkit.binaries import BinariesNotFound, ChecksumMismatch, Toolset, find
from automix_devkit.binaries.archive import ARCHITECTURES

MACHINE = f"{platform.system().lower()}-{ARCHITECTURES.get(platform.machine(), platform.machine())}"
NAME = f"envtest-v1.2.0-{MACHINE}.tar.gz"
PUBLISHED = b"#!/bin/sh\necho one\n"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that the base class gives it
        """Keep the tests' output clean."""


class Site:
    """A folder that is served over HTTP."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.index = f"{url}/index.yaml"
        self.url = url

    def publish(self, archive: bytes, *, checksum: str | None = None, name: str = NAME) -> None:
        (self.folder / name).write_bytes(archive)
        entry = {"hash": checksum or hashlib.sha512(archive).hexdigest(), "selfLink": f"{self.url}/{name}"}
        (self.folder / "index.yaml").write_text(yaml.safe_dump({"releases": {"v1.2.0": {name: entry}}}))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_the_archive_is_unpacked_into_the_cache(
    toolset: Toolset, site: Site, environment: dict[str, str], tmp_path: Path
) -> None:
    site.publish(archive({"controller-tools/envtest/one": PUBLISHED, "controller-tools/envtest/other": b"unwanted"}))
    found = find(toolset, ["one"], environment=environment, index_url=site.index)
    assert found == {"one": tmp_path / "cache" / toolset.key / "one"}
    assert found["one"].read_bytes() == PUBLISHED
    assert sorted(path.name for path in found["one"].parent.iterdir()) == [".lock", "one"]


def test_a_wrong_checksum_is_an_error_and_nothing_is_kept(
    toolset: Toolset, site: Site, environment: dict[str, str], tmp_path: Path
) -> None:
    site.publish(archive({"one": PUBLISHED}), checksum="0" * 128)
    with pytest.raises(ChecksumMismatch, match=rf"{NAME}: its SHA-512 is \w{{128}}, published is 0{{128}}; nothing"):
        find(toolset, ["one"], environment=environment, index_url=site.index)
    assert [path.name for path in (tmp_path / "cache" / toolset.key).iterdir()] == [".lock"]


def test_a_member_that_climbs_out_of_the_archive_lands_in_the_cache_all_the_same(
    toolset: Toolset, site: Site, environment: dict[str, str], tmp_path: Path
) -> None:
    site.publish(archive({"../../../one": PUBLISHED}))
    find(toolset, ["one"], environment=environment, index_url=site.index)
    files = [path for path in tmp_path.rglob("one") if path.is_file()]
    assert files == [tmp_path / "cache" / toolset.key / "one"]


def test_a_link_in_the_archive_is_not_an_executable(toolset: Toolset, site: Site, environment: dict[str, str]) -> None:
    link = tarfile.TarInfo("one")
    link.type, link.linkname = tarfile.SYMTYPE, "/bin/sh"
    site.publish(archive({}, link))
    with pytest.raises(BinariesNotFound):
        find(toolset, ["one"], environment=environment, index_url=site.index)


def test_what_the_archive_does_not_have_is_built(toolset: Toolset, site: Site, environment: dict[str, str]) -> None:
    site.publish(archive({"one": PUBLISHED}))
    with pytest.raises(
        BinariesNotFound, match=r"(?s)not found: two\. Tried:.*download: the archive has only one.*build"
    ):
        find(toolset, ["two"], environment=environment, index_url=site.index)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"releases: {}", f"does not list {NAME}", id="no such version"),
        pytest.param(b"[1, 2]", f"does not list {NAME}", id="another shape"),
        pytest.param(b"{", f"does not list {NAME}", id="no YAML"),
        pytest.param(b" " * (4 * 2**20 + 1), "is larger than 4194304 bytes", id="endless"),
        pytest.param(None, "answered 404", id="absent"),
    ],
)
def test_an_unusable_index_leads_to_the_next_way(
    toolset: Toolset, site: Site, environment: dict[str, str], content: bytes | None, reason: str
) -> None:
    if content is not None:
        (site.folder / "index.yaml").write_bytes(content)
    with pytest.raises(BinariesNotFound) as caught:
        find(toolset, ["one"], environment=environment, index_url=site.index)
    assert f"  download: {site.index} {reason}" in str(caught.value).splitlines()
    assert "  build: building one failed" in str(caught.value)


def archive(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as members:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            members.addfile(member, io.BytesIO(data))
        for other in others:
            members.addfile(other)
    return content.getvalue()
