"""What this installation holds outside of its database: keys, and the checkpoints that were kept (库外的凭据)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from guiju.database.embedded import private
from guiju.database.provision import Database
from guiju.evidence.signing import read_signer
from guiju.kernel.evidence.note import BadNote, Checkpoint, SignerKey, VerifierKey, open_checkpoint

NEWEST = "newest.checkpoint"
"""The file in which the sequencer keeps what it signed last: who has the database only can't turn it back."""


def folder() -> Path:
    assert settings.GUIJU_FOLDER is not None
    return settings.GUIJU_FOLDER.path


def _secrets() -> dict[str, str]:
    assert settings.GUIJU_FOLDER is not None
    return settings.GUIJU_FOLDER.secrets


def verifier_conninfo() -> str:
    """How to connect as the role that reads; its password stands in the data folder."""
    known: Database = settings.GUIJU_DATABASE
    return Database(known.name, known.administrator, _secrets(), known.named_after).conninfo("verifier")


def log_key() -> VerifierKey | None:
    """The log's public key as the data folder knows it; None where the key file is missing."""
    signer = read_signer(folder())
    return signer.verifier if signer else None


def keep_newest(at: Path, note: str) -> None:
    """Write the newest checkpoint beside the database, whole or not at all."""
    path = at / "keys" / NEWEST
    scratch = path.with_name(f"{NEWEST}.making")
    with open(scratch, "w", encoding="utf-8", opener=private) as file:
        file.write(note)
    scratch.replace(path)


def held_checkpoint(at: Path, signer: SignerKey | None) -> Checkpoint | None:
    """What was signed last, as it lies beside the database; None where nothing does, or it can't be read."""
    try:
        note = (at / "keys" / NEWEST).read_text("utf-8")
        return open_checkpoint(note, signer.verifier) if signer else None
    except (OSError, BadNote, UnicodeDecodeError):
        return None


def kept_checkpoints(key: VerifierKey | None, *more: Path) -> tuple[list[Checkpoint], list[Path]]:
    """Checkpoints that lie in the data folder and in these files, and the files that this log never signed."""
    found, foreign = [], []
    own = folder() / "keys" / NEWEST
    for path in [*([own] if own.exists() else []), *more]:
        try:
            if key is not None:
                found.append(open_checkpoint(path.read_text("utf-8"), key))
        except (BadNote, UnicodeDecodeError):
            foreign.append(path)
    return found, foreign
