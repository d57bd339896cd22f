"""A PostgreSQL server of a test's own: made, started on a free port, stopped by its process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PASSWORD = "s3cret/pass word"


def server_programs() -> Path | None:
    """Folder of `initdb` and `postgres`; None where none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Address postgresql://… of a running server whose data lies in `folder`."""
    programs, data = server_programs(), folder / "data"
    assert programs is not None
    user = _unprivileged(folder)
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if user is not None:
        os.chown(secret, user.pw_uid, user.pw_gid)
    login = ["-U", "shop", "--auth=scram-sha-256", f"--pwfile={secret}"]
    run = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
    subprocess.run([programs / "initdb", "-D", data, *login], check=True, capture_output=True, cwd=folder, **run)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **run)
    address = f"postgresql://shop:{PASSWORD.replace('/', '%2F').replace(' ', '%20')}@127.0.0.1:{port}/postgres"
    try:
        _wait_for(address)
        yield address
    finally:
        os.kill(server.pid, signal.SIGINT)
        server.wait(timeout=60)


def _unprivileged(folder: Path) -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so root lends the folder to another user."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user


def _wait_for(address: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
