"""Downloads the official envtest archive of controller-tools and checks it against the published index.

It must not unpack a byte before the checksum is known to be right.
"""

import hashlib
import platform
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from shutil import copyfileobj

import httpx
import yaml

from automix_devkit.binaries.errors import ChecksumMismatch, WayFailed
from automix_devkit.binaries.toolsets import Archive

INDEX_URL = "https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml"
"""The index of all envtest archives: for each its SHA-512 (`hash`) and its address (`selfLink`)."""

TIMEOUT = httpx.Timeout(30, connect=3)
"""In seconds. Connecting is cut short, as these hosts are not reachable from everywhere."""

MAX_INDEX_BYTES = 4 * 2**20
MAX_ARCHIVE_BYTES = 400 * 2**20
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def download(archive: Archive, names: Collection[str], staging: Path, *, index_url: str) -> Iterator[Path]:
    """Unpack the executables into `staging`, as far as the archive has them.

    Raises WayFailed if the archive cannot be had, ChecksumMismatch if it is not the published one.
    """
    offered = archive.names.intersection(names)
    if not offered:
        raise WayFailed(f"the archive has only {', '.join(sorted(archive.names))}")
    file = staging / "archive.tar.gz"
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True, headers={"Accept-Encoding": "identity"}) as client:
        published, url = _look_up(client, index_url, archive.version, staging / "index.yaml")
        _fetch(client, url, file, MAX_ARCHIVE_BYTES)
    with file.open("rb") as content:
        actual = hashlib.file_digest(content, "sha512").hexdigest()
    if actual != published:
        raise ChecksumMismatch(f"{url}: its SHA-512 is {actual}, published is {published}; nothing of it was kept")
    yield from _unpack(file, offered, staging)


def _look_up(client: httpx.Client, index_url: str, version: str, file: Path) -> tuple[str, str]:
    """Return checksum and address of the archive for this machine."""
    machine = platform.machine().lower()
    name = f"envtest-{version}-{platform.system().lower()}-{ARCHITECTURES.get(machine, machine)}.tar.gz"
    _fetch(client, index_url, file, MAX_INDEX_BYTES)
    try:
        entry = yaml.safe_load(file.read_bytes())["releases"][version][name]
        return str(entry["hash"]), str(entry["selfLink"])
    except (yaml.YAMLError, LookupError, TypeError) as error:
        raise WayFailed(f"{index_url} does not list {name}") from error


def _fetch(client: httpx.Client, url: str, file: Path, limit: int) -> None:
    try:
        with client.stream("GET", url) as response, file.open("wb") as target:
            if not response.is_success:
                raise WayFailed(f"{url} answered {response.status_code}")
            for chunk in response.iter_bytes():
                if target.tell() + len(chunk) > limit:
                    raise WayFailed(f"{url} is larger than {limit} bytes")
                target.write(chunk)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Not chained: the address it was redirected to is a signed one.
        raise WayFailed(f"{url} could not be read ({type(error).__name__})") from None


def _unpack(archive: Path, names: Collection[str], folder: Path) -> Iterator[Path]:
    try:
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                name = PurePosixPath(member.name).name
                if name in names and member.isfile() and (content := members.extractfile(member)):
                    with content, (folder / name).open("wb") as target:
                        copyfileobj(content, target)
                    yield folder / name
    except (tarfile.TarError, EOFError, OSError) as error:
        raise WayFailed(f"{archive.name} could not be unpacked: {error}") from error
