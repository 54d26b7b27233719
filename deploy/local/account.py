"""Whom a child runs as, and how it hears that its parent died: both through `setpriv` of util-linux."""

import os
import pwd
import shutil
import signal
import stat
from dataclasses import dataclass
from pathlib import Path

CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, KILL, SETGID, SETUID, SETPCAP = 0, 1, 2, 5, 6, 7, 8
"""Numbers of the capabilities used here, as in capabilities(7)."""


@dataclass(frozen=True, slots=True)
class Account:
    """User and group numbers."""

    uid: int
    gid: int


def unprivileged_account(existing: Path) -> Account | None:
    """Whom a program that refuses to be root runs as: the owner of `existing`, else nobody.

    None when we are not root, so that it can simply run as we do.
    """
    if os.geteuid() != 0:
        return None
    if existing.exists() and (owner := existing.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def why_not_as_another() -> str | None:
    """What keeps root from starting a program as another account, in words; None when nothing does."""
    if shutil.which("setpriv") is None:
        return "setpriv is missing (apt-get install util-linux)"
    if not all(map(_may, (CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID, SETPCAP))):
        return "this root has lost its capabilities"
    return None


def wrapped(command: tuple[str, ...], account: Account | None, death_signal: signal.Signals) -> tuple[str, ...]:
    """The command that runs `command` as `account` and sends it `death_signal` when its parent dies."""
    if shutil.which("setpriv") is None:
        return command
    identity = _identity(account, Path(command[0])) if account else ()
    return ("setpriv", *identity, "--pdeathsig", death_signal.name.removeprefix("SIG"), "--", *command)


def _identity(account: Account, program: Path) -> tuple[str, ...]:
    # The clone may lie under a folder closed to the account (/root has mode 700). Opening that folder is not
    # for us to decide, so the child gets the right to walk through instead: the lesser one where that will do.
    is_for_everyone = bool(program.stat().st_mode & stat.S_IXOTH)
    passage = "dac_read_search" if is_for_everyone and _may(DAC_READ_SEARCH) else "dac_override"
    return (
        f"--reuid={account.uid}",
        f"--regid={account.gid}",
        "--clear-groups",
        f"--inh-caps=+{passage}",
        f"--ambient-caps=+{passage}",
        # Without it access(2), which PostgreSQL asks about its own programs, takes no notice of the right.
        "--securebits=+no_setuid_fixup",
    )


def _may(capability: int) -> bool:
    permitted = int(Path("/proc/self/status").read_text().split("CapPrm:")[1].split()[0], 16)
    return bool(permitted >> capability & 1)
