"""What a set-up program does with the toy: the same steps, in the same order, without a command line."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection

from msgstack.catalogue.model import Candidate
from msgstack.catalogue.model import Unpack
from msgstack.engine.apply import Outcome
from msgstack.engine.apply import apply
from msgstack.engine.apply import never
from msgstack.engine.apply import stoppable
from msgstack.engine.observe import observe
from msgstack.engine.plan import Plan
from msgstack.engine.plan import plan
from msgstack.engine.uninstall import uninstall
from msgstack.host import inventory
from msgstack.host import litter
from msgstack.host.directory import DirectoryDriver
from msgstack.host.file import GenerationFileDriver
from msgstack.host.file import HostFileDriver
from msgstack.host.folder import Folders
from msgstack.host.generation import GenerationDriver
from msgstack.host.generation import StagingDriver
from msgstack.host.generation import of_store
from msgstack.host.generation import read_last
from msgstack.host.link import GenerationLinkDriver
from msgstack.host.link import HostLinkDriver
from msgstack.host.lock import held
from msgstack.host.removal import GenerationsDriver
from msgstack.host.removal import MadeFoldersDriver
from msgstack.host.removal import StoredTreeDriver
from msgstack.host.secret import SecretDriver
from msgstack.host.store import Store
from msgstack.resource.driver import Drivers
from msgstack.resource.event import Event
from msgstack.resource.event import Say
from msgstack.resource.generation import Generation
from msgstack.resource.generation import Generations
from msgstack.resource.generation import MadeFolders
from msgstack.resource.generation import Staging
from msgstack.resource.generation import StoredTree
from msgstack.resource.kinds import Directory
from msgstack.resource.kinds import GenerationFile
from msgstack.resource.kinds import GenerationLink
from msgstack.resource.kinds import HostFile
from msgstack.resource.kinds import HostLink
from msgstack.resource.kinds import Secret
from msgstack.resource.kinds import Tree
from toy.kinds import Process
from toy.kinds import ProcessDriver
from toy.kinds import Setting
from toy.kinds import SettingDriver
from toy.kinds import ToyDoor
from toy.world import Spec
from toy.world import World
from toy.world import wants

NOW = "2026-01-02T03:04:05Z"
NAME = "toy-setup 1"


def silent(event: Event) -> None:
    """Nobody listens."""


def drivers(world: World, bad: Callable[[Candidate], bool] = lambda candidate: False) -> Drivers:
    """The toy's drivers, and the engine's real ones. `bad` trees fail verification."""
    folders, layout = Folders(world.layout.root), world.layout
    return {
        Directory: DirectoryDriver(folders),
        Secret: SecretDriver(folders),
        Tree: Store(layout.store, {Unpack: ToyDoor(bad)}),
        Staging: StagingDriver(layout, folders, NAME, lambda: NOW),
        GenerationFile: GenerationFileDriver(layout),
        GenerationLink: GenerationLinkDriver(layout),
        Generation: GenerationDriver(layout, NAME, lambda: NOW, of_store(layout.store)),
        HostFile: HostFileDriver(folders),
        HostLink: HostLinkDriver(folders),
        Process: ProcessDriver(world.running),
        Setting: SettingDriver(world.running, world.server),
        StoredTree: StoredTreeDriver(),
        Generations: GenerationsDriver(layout, NAME, lambda: NOW),
        MadeFolders: MadeFoldersDriver(layout, folders),
    }


def planned(world: World, spec: Spec, prune: Collection[str] = (), with_drivers: Drivers | None = None) -> Plan:
    """The plan of a run; nothing is changed."""
    wanted, last = wants(spec, world), read_last(world.layout)
    return plan(wanted, observe(wanted, with_drivers or drivers(world), last), last, prune)


def install(
    world: World,
    spec: Spec,
    prune: Collection[str] = (),
    say: Say = silent,
    stop: Callable[[], bool] = never,
    with_drivers: Drivers | None = None,
    wait: float = 0,
) -> Outcome:
    """A whole run of `apply`."""
    used = with_drivers or drivers(world)
    with held(world.layout.root, wait, say=stoppable(say, stop)):
        litter.clear(world.layout)
        return apply(planned(world, spec, prune, used), used, say, stop)


def remove(world: World, purge: Collection[str] = ()) -> Outcome:
    """A whole run of `uninstall`."""
    used = drivers(world)
    if not to_remove(world, purge, used).changes:
        return Outcome(())
    with held(world.layout.root):
        litter.clear(world.layout)
        return apply(to_remove(world, purge, used), used, silent)


def to_remove(world: World, purge: Collection[str], used: Drivers) -> Plan:
    """The plan of an uninstall."""
    found = inventory.take(world.layout)
    return uninstall(found, observe((), used, found.last), purge)
