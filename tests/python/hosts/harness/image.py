"""The Debian root that hosts share read-only: debootstrapped once per recipe, in the tests' shared cache.

A root is built under a temporary name and renamed when it is whole, under a lock; what a killed build left is
removed by the next one. Two test runs at once wait for each other here and nowhere else.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import live_cache
from hosts.harness.command import sh

SYSTEM = ("systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "iproute2", "procps", "python3")
# They go out to the network or look at disks, which a host has not.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer")
# What a real machine has of its own: each host writes it into its own layer.
IDENTITY = ("etc/machine-id", "etc/hostname", "etc/hosts", "etc/resolv.conf", "var/lib/dbus/machine-id")
REVISION = 1  # of the steps below; a new one builds a new root


@dataclass(frozen=True)
class Recipe:
    """What is in a root: a Debian suite and the packages beside its minimum. Debian 12 brings Python 3.11."""

    suite: str = "bookworm"
    packages: tuple[str, ...] = SYSTEM

    @property
    def digest(self) -> str:
        """Names the root: the same recipe on the same machine architecture is the same root."""
        what = (REVISION, self.suite, sorted(self.packages), os.uname().machine)
        return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def image(recipe: Recipe | None = None, under: Path | None = None) -> Path:
    """The root directory of that recipe, built now unless it is there (1 to 2 minutes; 200 MB)."""
    wanted = recipe or Recipe()
    home = (under or live_cache.root().absolute()) / "hosts"
    root = home / f"{wanted.suite}-{wanted.digest}"
    if root.is_dir():
        return root
    with _locked(home):
        if not root.is_dir():
            _build(wanted, home, root)
    return root


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(recipe: Recipe, home: Path, root: Path) -> None:
    for leftover in home.glob(".building-*"):
        shutil.rmtree(leftover)
    building = home / f".building-{uuid.uuid4().hex}"
    _debootstrap(recipe, home, building)
    _settle(building)
    sh("sync", "--file-system", building)
    building.rename(root)


def _debootstrap(recipe: Recipe, home: Path, building: Path) -> None:
    """In namespaces of its own, which end with this process: no mount and no child of it stays behind."""
    debs = home / "debs"
    debs.mkdir(exist_ok=True)
    private = (
        "setpriv",
        "--pdeathsig",
        "KILL",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    )
    options = (
        "--variant=minbase",
        "--force-check-gpg",
        f"--cache-dir={debs}",
        f"--include={','.join(recipe.packages)}",
    )
    sh(*private, "debootstrap", *options, recipe.suite, building, *_mirror(recipe.suite))


def _mirror(suite: str) -> tuple[str, ...]:
    """The Debian mirror that this machine's apt uses; none leaves the choice to debootstrap."""
    listed = sh("apt-get", "indextargets", "--format", "$(ORIGIN)|$(RELEASE)|$(REPO_URI)", "Created-By: Packages")
    debian = [line.split("|") for line in listed.splitlines() if line.startswith("Debian|")]
    same = [uri for _, release, uri in debian if release == suite]
    other = [uri for _, _, uri in debian if "security" not in uri]
    return tuple(uri.rstrip("/") for uri in (same or other)[:1])


def _settle(root: Path) -> None:
    """Make a fresh root a shared one: no identity, no timers of its own, logs that outlive a boot."""
    for name in IDENTITY:
        (root / name).unlink(missing_ok=True)
    for unit in MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    (root / "var/log/journal").mkdir(exist_ok=True)
    shutil.rmtree(root / "var/cache/apt/archives")
    shutil.rmtree(root / "var/lib/apt/lists")
