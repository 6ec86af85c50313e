"""Who runs the embedded database when Hospes itself was started by root, which PostgreSQL refuses to be.

Nothing is opened to everybody: where a folder on the way (say /root) is closed to others, one access-control
entry lets the database's account pass through it, and no one else.
"""

import os
import pwd
import stat
import struct
import subprocess
from pathlib import Path

DEDICATED = "hospes"
_ACL = "system.posix_acl_access"
_VERSION, _NO_ID = 2, 0xFFFFFFFF
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_READ, _EXECUTE = 4, 1


def for_folder(folder: Path) -> pwd.struct_passwd | None:
    """Return the account that shall own and run the database in `folder`; None means "whoever I am".

    Data that an ordinary user made stays that user's, also when root starts Hospes on it.
    """
    if os.geteuid() != 0:
        return None
    try:
        owner = pwd.getpwuid(folder.stat().st_uid)
    except (FileNotFoundError, KeyError):
        return _dedicated()
    return owner if owner.pw_uid != 0 else _dedicated()


def _dedicated() -> pwd.struct_passwd:
    for attempt in (0, 1):
        try:
            return pwd.getpwnam(DEDICATED)
        except KeyError:
            if attempt == 0:
                _create()
    return pwd.getpwnam("nobody")


def _create() -> None:
    options = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run(["useradd", *options, DEDICATED], check=False, capture_output=True)
    except OSError:
        return  # no useradd on this machine: `nobody` will do


def take_over(folder: Path, account: pwd.struct_passwd) -> None:
    """Make `folder` and all below it belong to `account` (a container's users change their numbers)."""
    if folder.stat().st_uid == account.pw_uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.chown(Path(parent, name), account.pw_uid, account.pw_gid, follow_symlinks=False)
    os.chown(folder, account.pw_uid, account.pw_gid)


def let_through(path: Path, account: pwd.struct_passwd) -> None:
    """Let `account` pass through every folder above `path`; PermissionError where that cannot be had."""
    for folder in path.resolve().parents:
        _grant(folder, account, _EXECUTE)


def let_read(tree: Path, account: pwd.struct_passwd) -> None:
    """Let `account` read and run the programs below `tree` (a umask of 077 hides a virtual environment)."""
    probe = tree / "bin" / "postgres"
    let_through(tree, account)
    if _allowed(probe.stat(), account, _READ | _EXECUTE) and _allowed(tree.stat(), account, _EXECUTE):
        return
    for parent, _, files in os.walk(tree):
        _grant(Path(parent), account, _READ | _EXECUTE)
        for name in files:
            path = Path(parent, name)
            runs = path.stat().st_mode & stat.S_IXUSR
            _grant(path, account, _READ | _EXECUTE if runs else _READ)


def _allowed(facts: os.stat_result, account: pwd.struct_passwd, wanted: int) -> bool:
    if facts.st_uid == account.pw_uid:
        bits = facts.st_mode >> 6
    elif facts.st_gid == account.pw_gid:
        bits = facts.st_mode >> 3
    else:
        bits = facts.st_mode
    return bits & wanted == wanted


def _grant(path: Path, account: pwd.struct_passwd, wanted: int) -> None:
    facts = path.stat()
    if _allowed(facts, account, wanted):
        return
    try:
        os.setxattr(path, _ACL, _with_entry(_entries(path, facts.st_mode), account.pw_uid, wanted))
    except OSError as error:
        raise PermissionError(
            f"The database runs as the user {account.pw_name}, who may not enter {path}. "
            "Start Hospes as an ordinary user, or move it to a folder such as /opt or /srv."
        ) from error


def _entries(path: Path, mode: int) -> dict[tuple[int, int], int]:
    """Return the access-control list as {(tag, id): permissions}, or the one that `mode` stands for."""
    try:
        raw = os.getxattr(path, _ACL)
    except OSError:
        plain = {_USER_OBJ: mode >> 6 & 7, _GROUP_OBJ: mode >> 3 & 7, _OTHER: mode & 7}
        return {(tag, _NO_ID): permissions for tag, permissions in plain.items()}
    return {(tag, who): permissions for tag, permissions, who in struct.iter_unpack("<HHI", raw[4:])}


def _with_entry(entries: dict[tuple[int, int], int], uid: int, wanted: int) -> bytes:
    entries[_USER, uid] = entries.get((_USER, uid), 0) | wanted
    mask = entries.get((_MASK, _NO_ID), entries[_GROUP_OBJ, _NO_ID])
    entries[_MASK, _NO_ID] = mask | wanted
    packed = (struct.pack("<HHI", tag, entries[tag, who], who) for tag, who in sorted(entries))
    return struct.pack("<I", _VERSION) + b"".join(packed)
