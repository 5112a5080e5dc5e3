"""`pex_app`: a PEX that starts fast (venv mode, /bin/sh boot), which pex_binary of Pants 2.17 cannot ask for."""

from dataclasses import dataclass
from pathlib import Path

from pants.backend.python.target_types import EntryPoint
from pants.backend.python.target_types import PexCompletePlatformsField
from pants.backend.python.target_types import PexLayout
from pants.backend.python.target_types import PythonResolveField
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import CompletePlatforms
from pants.backend.python.util_rules.pex import Pex
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.backend.python.util_rules.pex_from_targets import PexFromTargetsRequest
from pants.core.goals.package import BuiltPackage
from pants.core.goals.package import BuiltPackageArtifact
from pants.core.goals.package import OutputPathField
from pants.core.goals.package import PackageFieldSet
from pants.engine.fs import CreateDigest
from pants.engine.fs import Digest
from pants.engine.fs import FileContent
from pants.engine.fs import MergeDigests
from pants.engine.process import Process
from pants.engine.process import ProcessResult
from pants.engine.rules import Get
from pants.engine.rules import collect_rules
from pants.engine.rules import rule
from pants.engine.target import COMMON_TARGET_FIELDS
from pants.engine.target import Dependencies
from pants.engine.target import StringField
from pants.engine.target import Target
from pants.engine.unions import UnionRule

# The interpreter constraint is what makes the /bin/sh boot find the unpacked venv: without one Pex hashes the
# path of the interpreter that runs *Pex* into the PEX, which no user's machine has (and no two builders share).
# Not compressed: the bytes would depend on the zlib of the builder's Python.
FAST_START = (
    "--sh-boot",
    "--venv",
    "prepend",
    "--no-compress",
    "--python-shebang=/usr/bin/env python3",
    "--interpreter-constraint=CPython>=3.11,<3.15",
)

BOOT = Path(__file__).with_name("boot.py")

# Pex writes the interpreters that it finds into the PEX, first of all others: let it find this one only.
BUILDER = "CPython==3.11.*"


class PexAppEntryPointField(StringField):
    alias = "entry_point"
    required = True
    help = "What to run: `package.module:function`. Name the module's target in `dependencies`."


class PexAppDependencies(Dependencies):
    supports_transitive_excludes = True


class PexAppTarget(Target):
    alias = "pex_app"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        PexAppDependencies,
        OutputPathField,
        PexAppEntryPointField,
        PexCompletePlatformsField,
        PythonResolveField,
    )
    help = "A PEX in venv mode with /bin/sh boot: the same bytes on every machine."


@dataclass(frozen=True)
class PexAppFieldSet(PackageFieldSet):
    required_fields = (PexAppEntryPointField,)

    entry_point: PexAppEntryPointField
    complete_platforms: PexCompletePlatformsField
    output_path: OutputPathField


@rule
async def package_pex_app(field_set: PexAppFieldSet) -> BuiltPackage:
    platforms = await Get(CompletePlatforms, PexCompletePlatformsField, field_set.complete_platforms)
    builder = await Get(PythonExecutable, InterpreterConstraints([BUILDER]))
    name = field_set.output_path.value_or_default(file_ending="pex")
    draft = f"{name}.draft"
    pex = await Get(
        Pex,
        PexFromTargetsRequest(
            addresses=[field_set.address],
            internal_only=False,
            main=EntryPoint.parse(field_set.entry_point.value),
            complete_platforms=platforms,
            output_filename=draft,
            layout=PexLayout.ZIPAPP,
            additional_args=(*FAST_START, f"--python-path={builder.path}"),
            include_source_files=True,
            warn_for_transitive_files_targets=True,
        ),
    )
    script = await Get(Digest, CreateDigest([FileContent("boot.py", BOOT.read_bytes())]))
    result = await Get(
        ProcessResult,
        Process(
            argv=(builder.path, "-I", "boot.py", draft, name),
            input_digest=await Get(Digest, MergeDigests([pex.digest, script])),
            output_files=(name,),
            description=f"Giving {name} its first lines",
        ),
    )
    return BuiltPackage(result.output_digest, (BuiltPackageArtifact(name),))


def rules():
    return [*collect_rules(), UnionRule(PackageFieldSet, PexAppFieldSet)]


def target_types():
    return [PexAppTarget]
