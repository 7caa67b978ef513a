"""kubectl as people have it: with a kubeconfig and a home of its own."""

import os
import subprocess
from pathlib import Path

from automix_devkit.demo.terminal import find_kubectl


class Kubectl:
    """Runs kubectl with the kubeconfig in a folder, which is its home as well."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "KUBECONFIG": str(folder / "kubeconfig"),
        }

    def __call__(self, *arguments: str) -> str:
        """Run a command that must succeed, within a minute; returns what it says."""
        done = subprocess.run(  # noqa: S603 -- ours
            [find_kubectl(), *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.returncode}\n{done.stdout}"
        return done.stdout
