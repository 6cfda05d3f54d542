"""The platform's own PostgreSQL cluster: made with checksums, reached over loopback by password only."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

from gridmgmt.ops import accounts, cluster_config, pids, secrets
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.shell import capture, run

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
ROLE = r"""
SELECT 'CREATE ROLE grid LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grid') \gexec
ALTER ROLE grid PASSWORD :'word';
"""
DATABASE = r"""
SELECT 'CREATE DATABASE grid OWNER grid'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'grid') \gexec
"""
START_PATIENCE_S = 120
NO_POSTGRES = "PostgreSQL with PostGIS is not installed"


def programs(major: str = "") -> Path | None:
    """The folder of initdb and postgres: of that major version, else the newest; None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"))
    found = [path for path in found if (path / "initdb").exists()]
    fitting = [path for path in found if not major or path.parent.name.removeprefix("postgresql@") == major]
    if not found and (initdb := shutil.which("initdb")):
        return Path(initdb).resolve().parent
    return fitting[-1] if fitting else None


class Cluster:
    """One data directory with its server."""

    name = "postgres"

    def __init__(self, layout: Layout, port: int) -> None:
        self.layout = layout
        self.port = port
        self.data = layout.cluster
        self.account = accounts.named("postgres")
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for the application: its own role, by password, over loopback."""
        word = secrets.read(self.layout.secrets, "database_password")
        return f"postgresql://grid:{word}@127.0.0.1:{self.port}/grid"

    def bin(self) -> Path:
        """The programs that fit this data directory; says which version is wanted when they are missing."""
        major = version_of(self.data)
        found = programs(major)
        if found:
            return found
        if not major:
            raise OpsError(NO_POSTGRES, "An administrator runs: apt-get install postgresql-postgis")
        raise OpsError(
            f"{self.data} was made by PostgreSQL {major}, which is not installed",
            f"Install postgresql-{major} and its PostGIS; or move the folder away to begin empty.",
        )

    def pid(self) -> int | None:
        """The postmaster's pid while it runs on this data directory."""
        if self.child and self.child.poll() is not None:
            self.child = None
        try:
            first = (self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
            pid = abs(int(first))
        except (FileNotFoundError, ValueError, PermissionError):
            return None
        return pid if pids.began(pid) and pids.works_in(pid, self.data) else None

    def create(self) -> bool:
        """Makes the data directory unless it is there. A half-made one from a killed run is made again."""
        if version_of(self.data):
            return False
        parent = self.data.parent
        accounts.own_folder(parent, self.account)
        if self.data.exists() and any(self.data.iterdir()):
            raise OpsError(f"{self.data} is not empty but holds no cluster", "Move it away and try again.")
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        options = ["--username=postgres", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8"]
        options += ["--auth-local=peer", "--auth-host=scram-sha-256", "--no-instructions"]
        run(
            [self.bin() / "initdb", "-D", fresh, *options],
            doing="making the database cluster",
            account=self.account,
        )
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)
        return True

    def start(self) -> None:
        """Starts the server and waits until it answers; leftovers of a killed one are cleared first."""
        self.clear_leftovers()
        accounts.own_folder(self.layout.socket, self.account)
        cluster_config.write(self.data, self.layout.socket, self.port, self.account)
        accounts.own_folder(self.layout.log, accounts.current(), 0o755)
        log = self.layout.log / "postgres.log"
        with log.open("ab") as sink:
            self.child = subprocess.Popen(
                [str(self.bin() / "postgres"), "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd=self.data.parent,
                start_new_session=True,
                **self.account.identity(),
            )
        self.wait(log)

    def clear_leftovers(self) -> None:
        """Sessions and pid file of a postmaster that was killed would stop the next one."""
        if self.pid() is None:
            pids.kill_all_in(self.data)
            for stale in (self.data / "postmaster.pid", *self.layout.socket.glob(".s.PGSQL.*")):
                stale.unlink(missing_ok=True)

    def wait(self, log: Path) -> None:
        """Waits for the server to accept; recovery after a crash is part of that."""
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            if self.accepts():
                return
            if self.child and self.child.poll() is not None:
                break
            time.sleep(0.1)
        words = "\n".join("        " + line for line in log.read_text(errors="replace").splitlines()[-6:])
        raise OpsError(f"PostgreSQL does not start; the end of {log}:\n{words}", "See `./grid doctor`.")

    def accepts(self) -> bool:
        """Whether it answers on its socket."""
        probe = [
            self.bin() / "pg_isready",
            "-q",
            "-h",
            self.layout.socket,
            "-p",
            str(self.port),
            "-U",
            "postgres",
        ]
        return capture(probe, account=self.account).returncode == 0

    def stop(self) -> None:
        """Stops it; clients are cut off, everything committed stays."""
        pid = self.pid()
        if pid:
            pids.end_group(pid, first=signal.SIGINT, patience_s=30)
        self.child = None

    def psql(self, sql: str, database: str = "postgres") -> str:
        """Runs SQL as the superuser over the socket; values go in as psql variables, never pasted."""
        word = secrets.read(self.layout.secrets, "database_password")
        script = f"\\set word `printenv GRID_WORD`\n{sql}\n"
        command = [
            self.bin() / "psql",
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.layout.socket,
        ]
        command += ["-p", str(self.port), "-U", "postgres", "-d", database]
        env = {"GRID_WORD": word, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return run(
            command, doing="preparing the database", account=self.account, env=env, stdin=script
        ).strip()

    def prepare(self) -> None:
        """Role, database and extensions. The template has them too, so that test databases need no
        superuser."""
        done = self.data / "grid-prepared"
        if done.exists():
            return
        self.psql(ROLE)
        create = "; ".join(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS) + ";"
        self.psql(create, "template1")
        self.psql(DATABASE)
        done.touch()


def version_of(data: Path) -> str:
    """The major version a data directory was made by; empty when there is no finished one."""
    try:
        return (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
