"""Becomes another program that dies with the process that started it, even if that one is killed.

Run as a script: `python lifeline.py PARENT_PID PROGRAM ARGUMENT...`. It imports the standard library only.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Linux: prctl(2). It survives the exec that follows; other systems have nothing like it and go without."""


def main() -> None:
    """Ask the kernel for the signal, then exec the program."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the kernel was asked.
    if os.getppid() == int(parent):
        os.execv(command[0], command)  # noqa: S606 -- the command of whoever runs this script


if __name__ == "__main__":
    main()
