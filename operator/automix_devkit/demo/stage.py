"""Sets up what the story plays on, processes of this machine all of them, and takes it down again."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from automix_devkit.controlplane import ControlPlane, Process, control_plane, kubeconfig
from automix_devkit.controlplane.ports import start_on_port
from automix_devkit.demo.terminal import SCRIPTS, Terminal, find_kubectl
from automix_devkit.demo.zego import Zego

MANIFESTS = Path(__file__).with_name("manifests")
APP_ID = 1234567890
ROOMS = ("lobby", "concert")
"""The story's, and that of the sample with every field."""
LOG_WIDTH = 300
OPERATOR_SETTINGS = {
    "AUTOMIX_POD_NAMESPACE": "automix-system",
    # A story cannot wait for the 10 s and 30 s that suit a real service.
    "AUTOMIX_FIRST_LOOK_SECONDS": "1",
    "AUTOMIX_SHORTEST_DRIFT_CHECK_SECONDS": "1",
}


class Stage:
    """A control plane and a simulated ZEGO that run, and a folder with the files of the story."""

    def __init__(self, stack: ExitStack, folder: Path, plane: ControlPlane) -> None:
        self._stack = stack
        self._plane = plane
        self.folder = folder
        self._logs = folder / "logs"
        self.terminal = Terminal(folder, find_kubectl(), folder / "kubeconfig")
        plane.write_kubeconfig(self.terminal.kubeconfig)
        self.zego = Zego(self._start_zego())
        stack.callback(self.zego.close)
        self._lay_out_manifests()

    def start_operator(self, token_file: str) -> str:
        """Start the operator as whoever the token stands for; returns the address of its probes and metrics."""
        credentials = self.folder / "operator.kubeconfig"
        token = (self.folder / token_file).read_text().strip()
        kubeconfig.write(credentials, self._plane.kubeconfig_for_token(token))
        settings = [f"{name}={value}" for name, value in OPERATOR_SETTINGS.items()]
        command = [_command("env"), *settings, _command("automix"), "run", "--all-namespaces"]
        return self._serve("operator", [*command, "--kubeconfig", str(credentials)], "--probe-port", "/readyz")

    def complaints(self) -> list[str]:
        """Return the warnings and errors that the operator logged; a permission that it lacks is among them."""
        lines = (self._logs / "operator.log").read_text(errors="replace").splitlines()
        return [line for line in lines if line.split()[1:2] in (["WARNING"], ["ERROR"])]

    def log_tails(self) -> str:
        """Return the last lines of what ran, for when something went wrong."""
        tails = []
        for name in ("operator", "simulator", "kube-apiserver"):
            log = self._logs / f"{name}.log"
            lines = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
            tails.append("\n".join([f"--- {name} ---", *(line[:LOG_WIDTH] for line in lines)]))
        return "\n".join(tails)

    def _start_zego(self) -> str:
        server_secret = secrets.token_hex(16)
        (self.folder / "server-secret").write_text(server_secret)
        apps = self.folder / "apps.json"
        apps.write_text(json.dumps({str(APP_ID): server_secret}))
        command = [_command("automix-dev"), "simulator", "--apps", str(apps)]
        command += [f"--room={room}" for room in ROOMS]
        return self._serve("simulator", command, "--port", "/admin/healthz")

    def _serve(self, name: str, command: list[str], port_option: str, probe: str) -> str:
        """Start a server on a free port and return its address once the probe succeeds."""

        def make(port: int) -> Process:
            return Process(
                name,
                [*command, port_option, str(port)],
                directory=self.folder,
                log=self._logs / f"{name}.log",
                ready=partial(_answers, f"http://127.0.0.1:{port}{probe}"),
            )

        _, port = start_on_port(None, make, self._stack)
        return f"http://127.0.0.1:{port}"

    def _lay_out_manifests(self) -> None:
        for source in MANIFESTS.glob("*.yaml"):
            text = source.read_text().replace("ENDPOINT", self.zego.url).replace("APP_ID", str(APP_ID))
            (self.folder / source.name).write_text(text)


@contextmanager
def stage(*, controller_manager: bool) -> Iterator[Stage]:
    """Set the stage while the context lasts; nothing of it stays.

    Raises NotAsTold, ProcessFailed, or what `automix_devkit.binaries.find` raises.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="automix-demo-")))
        plane = control_plane(log_directory=folder / "logs", controller_manager=controller_manager)
        yield Stage(stack, folder, stack.enter_context(plane))


def _command(name: str) -> str:
    """Return where a command is; this environment's own come first."""
    found = shutil.which(name, path=SCRIPTS) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"the command {name} is missing: is the package installed?")
    return found


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False
