"""A PostgreSQL server of our own for as long as it is needed: its data in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL does not run as root


def find_programs() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them out of PATH."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


@contextmanager
def server() -> Iterator[str]:
    """Start a server on 127.0.0.1; gives the URL of an empty database.

    Raises:
        OSError: PostgreSQL is not installed, or does not start.
    """
    programs = find_programs()
    if programs is None:
        raise OSError("PostgreSQL is not installed (apt-get install postgresql)")
    user = _user()
    with tempfile.TemporaryDirectory(prefix="pleinair-postgres-") as name:
        folder, port = Path(name), _free_port()
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"

        def call(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", str(data), *arguments]
            done = subprocess.run(
                command, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            if done.returncode:
                raise OSError(f"{program}: {done.stderr.decode(errors='replace').strip()}")

        call("initdb", "--username=rater", "--auth=trust", "--encoding=UTF8", "--no-locale")
        listen = f"-p {port} -h 127.0.0.1 -k {folder}"
        call("pg_ctl", "--wait", "--silent", "-o", listen, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql+psycopg://rater@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "--wait", "--silent", "-m", "fast", "stop")


def _user() -> str | None:
    """Who it runs as; None: as whoever calls."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _UNPRIVILEGED if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
