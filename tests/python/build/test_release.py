"""A release says what it holds and where it comes from, and a single changed byte is noticed."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from build import tree
from release import bundle
from release import cli
from release import inside
from release import signature
from release.provenance import Source

HASH = "a" * 64
ORIGIN = Source("c" * 40, {"3rdparty/python/ship.lock": "d" * 64})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """As much of a repository as a release reads: a lock and a version."""
    root = tmp_path / "repository"
    (root / "3rdparty" / "python").mkdir(parents=True)
    (root / "3rdparty" / "python" / "ship.lock").write_text(f"click==8.5.1 \\\n    --hash=sha256:{HASH}\n")
    (root / "pyproject.toml").write_text('[project]\nlicense = "Apache-2.0"\n')
    (root / "src" / "python" / "msgstack").mkdir(parents=True)
    (root / "src" / "python" / "msgstack" / "version.py").write_text('VERSION = "0.1.0"\n')
    program(root / "dist" / "verify.pex", "click-8.5.1-py3-none-any.whl")
    return root


def program(path: Path, wheel: str, declared: str = "License-Expression: BSD-3-Clause") -> None:
    path.parent.mkdir(exist_ok=True)
    metadata = f".deps/{wheel}/{wheel.removesuffix('-py3-none-any.whl')}.dist-info/METADATA"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("PEX-INFO", json.dumps({"distributions": {wheel: HASH}}))
        archive.writestr(metadata, f"Metadata-Version: 2.4\n{declared}\n\nLicense: what the description says\n")


def make(root: Path, key: str | None = None) -> Path:
    return bundle.make("verify", root, root / "dist", root / "dist" / "release" / "verify", ORIGIN, key)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """Fingerprint, secret key file and public key file of a key made for these tests."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    return new_key(tmp_path_factory.mktemp("k"))


def new_key(place: Path, *options: str) -> tuple[str, Path, Path]:
    gpg = ["gpg", "--batch", "--no-tty", "--homedir", str(place), "--pinentry-mode", "loopback", "--passphrase", ""]
    place.chmod(0o700)
    run([*gpg, *options, "--quick-generate-key", "release@example.invalid", "ed25519", "sign", "never"])
    listed = run([*gpg, "--with-colons", "--list-keys"])
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    secret, public = place / "secret.asc", place / "public.asc"
    secret.write_text(run([*gpg, "--armor", "--export-secret-keys"]))
    public.write_text(run([*gpg, "--armor", "--export"]))
    run(["gpgconf", "--homedir", str(place), "--kill", "all"])
    return fingerprint, secret, public


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_release_is_whole_and_the_same_each_time(repository: Path) -> None:
    first = bundle.digests(make(repository))
    assert set(first) == {"verify.pex", "verify.cdx.json", "provenance.intoto.json"}
    assert bundle.digests(make(repository)) == first
    assert bundle.verify(repository / "dist" / "release" / "verify", None, None) == 3


def test_the_sbom_names_what_is_inside(repository: Path) -> None:
    found = json.loads((make(repository) / "verify.cdx.json").read_text())
    assert (found["bomFormat"], found["metadata"]["component"]["name"]) == ("CycloneDX", "verify")
    assert [(one["purl"], one["hashes"][0]["content"]) for one in found["components"]] == [
        ("pkg:pypi/click@8.5.1", HASH)
    ]
    digest = inside.sha256(repository / "dist" / "verify.pex")
    assert found["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("License-Expression: BSD-3-Clause", [{"license": {"id": "BSD-3-Clause"}}]),
        ("License-Expression: Apache-2.0 OR BSD-2-Clause", [{"expression": "Apache-2.0 OR BSD-2-Clause"}]),
        ("License: MPL-2.0\nClassifier: License :: OSI Approved :: MPL", [{"license": {"id": "MPL-2.0"}}]),
        ("Classifier: License :: OSI Approved :: BSD License", [{"license": {"name": "BSD License"}}]),
        ("License: all of it\n  in many lines", None),
    ],
)
def test_the_sbom_says_under_which_license_each_part_is(
    repository: Path, declared: str, told: list[dict[str, object]] | None
) -> None:
    program(repository / "dist" / "verify.pex", "click-8.5.1-py3-none-any.whl", declared)
    found = json.loads((make(repository) / "verify.cdx.json").read_text())
    assert [one.get("licenses") for one in found["components"]] == [told]
    assert found["metadata"]["component"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_the_project_is_under_the_license_that_lies_in_it() -> None:
    assert bundle.license_of(tree.ROOT) == "Apache-2.0"
    heading = " ".join((tree.ROOT / "LICENSE").read_text().split()[:4])
    assert heading == "Apache License Version 2.0,"


def test_the_provenance_names_commit_and_pins(repository: Path) -> None:
    found = json.loads((make(repository) / "provenance.intoto.json").read_text())
    materials = found["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [one["digest"] for one in materials] == [{"gitCommit": "c" * 40}, {"sha256": "d" * 64}]
    assert {one["name"] for one in found["subject"]} == {"verify.pex", "verify.cdx.json"}


def test_what_the_lock_does_not_name_is_not_released(repository: Path) -> None:
    program(repository / "dist" / "verify.pex", "click-8.5.2-py3-none-any.whl")
    with pytest.raises(inside.NotAsLockedError, match=r"click-8\.5\.2"):
        make(repository)
    assert not (repository / "dist" / "release" / "verify").exists()


def test_every_component_has_its_program() -> None:
    build_file = (tree.ROOT / "src" / "python" / "msgstack" / "cli" / "BUILD").read_text()
    named = {program for programs in bundle.COMPONENTS.values() for program in programs}
    assert named == {line.split('"')[1] for line in build_file.splitlines() if line.startswith("    name=")}


def test_a_signed_release_is_checked(repository: Path, signer: tuple[str, Path, Path]) -> None:
    fingerprint, secret, public = signer
    place = make(repository, str(secret))
    assert cli.main(["--verify", str(place), "--signer", fingerprint, "--key-file", str(public)]) == 0


def test_every_changed_byte_is_noticed(
    repository: Path, signer: tuple[str, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fingerprint, secret, public = signer
    place = make(repository, str(secret))
    for file in sorted(place.iterdir()):
        kept = file.read_bytes()
        for at in (0, len(kept) // 3, len(kept) // 2, len(kept) - 1):
            file.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
            code = cli.main(["--verify", str(place), "--signer", fingerprint, "--key-file", str(public)])
            assert code == 4, f"{file.name} at {at}"
        file.write_bytes(kept)
    assert "has changed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["verify.pex", "SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.sig.sha256"])
def test_what_is_missing_is_noticed(name: str, repository: Path, signer: tuple[str, Path, Path]) -> None:
    fingerprint, secret, public = signer
    place = make(repository, str(secret))
    (place / name).unlink()
    assert cli.main(["--verify", str(place), "--signer", fingerprint, "--key-file", str(public)]) == 4


def test_what_was_added_is_noticed(repository: Path) -> None:
    place = make(repository)
    (place / "more.pex").write_text("x")
    assert cli.main(["--verify", str(place)]) == 4


def test_files_and_sums_changed_together_fail_by_the_signature(
    repository: Path, signer: tuple[str, Path, Path]
) -> None:
    fingerprint, secret, public = signer
    place = make(repository, str(secret))
    old = inside.sha256(place / "verify.pex")
    (place / "verify.pex").write_bytes(b"other")
    sums = (place / "SHA256SUMS").read_text().replace(old, inside.sha256(place / "verify.pex"))
    (place / "SHA256SUMS").write_text(sums)
    assert cli.main(["--verify", str(place), "--signer", fingerprint, "--key-file", str(public)]) == 4


def test_another_signer_is_refused(
    repository: Path, signer: tuple[str, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fingerprint, _, public = signer
    (tmp_path / "other").mkdir()
    _, other_secret, other_public = new_key(tmp_path / "other")
    place = make(repository, str(other_secret))
    for key_file in (public, other_public):
        assert cli.main(["--verify", str(place), "--signer", fingerprint, "--key-file", str(key_file)]) == 4
    assert "not by the signer" in capsys.readouterr().err


GOOD = f"[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 1 x\n[GNUPG:] VALIDSIG f 2026 0 0 4 0 22 10 00 {'A' * 40}\n"


@pytest.mark.parametrize(
    "status",
    [
        "",
        GOOD.replace("GOODSIG", "REVKEYSIG"),
        GOOD.replace("GOODSIG", "EXPKEYSIG"),
        GOOD.replace("GOODSIG", "EXPSIG"),
        GOOD.replace("A" * 40, "B" * 40),
        GOOD + GOOD,
        GOOD + "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 1 2 3\n",
        GOOD + "[GNUPG:] BADSIG 1 x\n",
        "[GNUPG:] GOODSIG 1 x\n",
    ],
)
def test_what_gpg_ends_well_with_and_is_not_good(status: str) -> None:
    signature.judge(GOOD, "a" * 40)
    with pytest.raises(signature.SignatureError):
        signature.judge(status, "A" * 40)
