"""Becomes a PostgreSQL program: drops root, ties its life to its parent's, then execs.

Run as a file by its own interpreter (``python -I -S launch.py …``), never imported by the
server: what it does must happen in the child between fork and exec, and Python code in a forked
copy of a threaded process is not safe. It therefore imports the standard library only.

``launch.py PARENT UID GID REACH DEATHSIG PROGRAM ARGUMENT…``

* PARENT: process id of the caller; if that one is gone already, nothing is started.
* UID, GID: whom to become, ``-1`` to stay. PostgreSQL refuses to run as root.
* REACH: ``1`` keeps the right to pass closed directories (CAP_DAC_OVERRIDE) across the change of
  user. It is asked for only where the data directory or the wheel lies below a directory such as
  ``/root``; the alternative, to open those directories for everybody, is worse.
* DEATHSIG: the signal the kernel sends to the program when the parent dies, however it dies.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION = 0x20080522


class CapHeader(ctypes.Structure):
    """``struct __user_cap_header_struct``."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapData(ctypes.Structure):
    """``struct __user_cap_data_struct``, one of two halves."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def main(arguments: list[str]) -> None:
    parent, uid, gid, reach, signal = (int(word) for word in arguments[:5])
    program = arguments[5:]
    libc = ctypes.CDLL(None, use_errno=True)
    if uid >= 0:
        capability = held_capability(libc) if reach else 0
        if capability:
            check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        if capability:
            keep_capability(libc, capability)
    # Asked for last: the kernel forgets the signal whenever the credentials change.
    if signal:
        check(libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "set the parent-death signal")
    if os.getppid() != parent:
        raise SystemExit("the parent process has gone")
    os.execv(program[0], program)


def held_capability(libc: ctypes.CDLL) -> int:
    """The right to pass closed directories that this process holds, 0 when it holds none."""
    halves = (CapData * 2)()
    header = CapHeader(CAPABILITY_VERSION, 0)
    check(libc.capget(ctypes.byref(header), halves), "read capabilities")
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if halves[0].permitted & (1 << capability):
            return capability
    return 0


def keep_capability(libc: ctypes.CDLL, capability: int) -> None:
    """Gives up every capability but one and lets this one survive the exec."""
    halves = (CapData * 2)()
    halves[0] = CapData(1 << capability, 1 << capability, 1 << capability)
    header = CapHeader(CAPABILITY_VERSION, 0)
    check(libc.capset(ctypes.byref(header), halves), "set capabilities")
    raised = libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)
    check(raised, "keep a capability across exec")


def check(result: int, deed: str) -> None:
    if result != 0:
        raise SystemExit(f"cannot {deed}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main(sys.argv[1:])
