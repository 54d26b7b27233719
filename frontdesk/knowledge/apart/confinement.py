"""What a process that reads untrusted files may still do: calculate, within limits, and reach nobody."""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 900
FILE_BYTES = 256 * 1024**2
"""The largest temporary file that it may write."""
TOO_MUCH = 3
"""The exit code of one for which the memory did not suffice."""

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_AT_LEAST = 0x35
_RETURN = 0x06
_OFFSET_OF_CALL, _OFFSET_OF_ARCHITECTURE = 0, 4
_OTHER_ABI = 0x40000000
"""x86-64 has a second set of numbers for the same calls, from here on."""
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: the kernel's name for it, and the number of the call `socket` there."""
_IO_URING_SETUP = 425
"""A way around the filter: what goes through its ring is no system call."""


def confine() -> None:
    """Give up the network, and memory, time and space beyond the limits; for good, and for every child.

    The process ends with its parent. Raises OSError where the kernel does not confine.
    """
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]  # who started this may have set less
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    os.nice(5)
    _refuse_sockets()


def _refuse_sockets() -> None:
    """A seccomp filter that answers EPERM to whoever wants a socket."""
    if platform.machine() not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no filter of system calls is known for {platform.machine()}")
    architecture, socket_call = _ARCHITECTURES[platform.machine()]
    steps = [
        (_LOAD_WORD, 0, 0, _OFFSET_OF_ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _OFFSET_OF_CALL),
        (_JUMP_IF_AT_LEAST, 3, 0, _OTHER_ABI),
        (_JUMP_IF_EQUAL, 2, 0, socket_call),
        (_JUMP_IF_EQUAL, 1, 0, _IO_URING_SETUP),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    program = b"".join(struct.pack("=HBBI", *step) for step in steps)
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    _control(_PR_SET_NO_NEW_PRIVS, 1)
    _control(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header))


def _control(what: int, value: int, pointer: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (ctypes.c_ulong(value), ctypes.c_ulong(pointer), ctypes.c_ulong(0), ctypes.c_ulong(0))
    if libc.prctl(what, *arguments):
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {what}: {os.strerror(code)}")
