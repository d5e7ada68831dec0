"""Passwords by argon2id (RFC 9106); never kept, never logged."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pengcheng.kernel.errors import Fault

LENGTH_MIN = 10
LENGTH_MAX = 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_DECOY = _hasher.hash("no account has this password")


def hashed(password: str) -> str:
    """The argon2id hash of a password."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether a password is the one; takes as long when there is no account."""
    try:
        return _hasher.verify(password_hash or _DECOY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def faults_of(password: str, path: str = "/password") -> list[Fault]:
    """What is wrong with a new password (NIST SP 800-63B: length, not composition)."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        return [
            Fault(path=path, code="password.length", facts={"low": LENGTH_MIN, "high": LENGTH_MAX})
        ]
    if len(set(password)) < 4:
        return [Fault(path=path, code="password.weak")]
    return []
