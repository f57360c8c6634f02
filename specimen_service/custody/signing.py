"""Signing checkpoints with an Ed25519 key, so that a forged one is told from ours; needs the extra `signing`."""

from dataclasses import replace
from typing import TYPE_CHECKING

from specimen_service.custody.proof import Checkpoint
from specimen_service.kernel.errors import SetupError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def signed(checkpoint: Checkpoint, private_key: bytes) -> Checkpoint:
    """Return the checkpoint with a signature of the PEM private key; raises `SetupError` for a key that is none."""
    import base64

    signature = _loaded(private_key).sign(checkpoint.signed_text())
    return replace(checkpoint, signature=base64.b64encode(signature).decode())


def public_key_of(private_key: bytes) -> bytes:
    """Return the PEM public key of a PEM private key; raises `SetupError` for a key that is none."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _loaded(private_key).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def new_private_key() -> bytes:
    """Make a key, as PEM without a password: keep its file readable to the service's account alone."""
    _require_library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def is_signed(checkpoint: Checkpoint, public_key: bytes) -> bool:
    """Tell whether the owner of a PEM public key signed the checkpoint; raises `SetupError` for a key that is none."""
    _require_library()
    try:
        return checkpoint.is_signed_by(public_key)
    except ValueError as error:
        raise SetupError("The public key cannot be read; it needs to be an Ed25519 key in a PEM file.") from error


def _loaded(private_key: bytes) -> "Ed25519PrivateKey":
    _require_library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private_key, password=None)
    except (ValueError, TypeError) as error:
        raise SetupError(f"{_KEY}: the file holds no PEM key without a password.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"{_KEY}: the key is not an Ed25519 key.")
    return key


def _require_library() -> None:
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise SetupError("Signatures need their library: pip install 'specimen-service[signing]'.") from error


_KEY = "[custody] signing_key_file"
