"""Events, as types: what `Engine.decide` takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, TypedDict

#: Bytes as the operating system has them, or what `os.fsencode` makes bytes of.
Name = str | bytes | os.PathLike[str] | os.PathLike[bytes]
#: Text, four or sixteen bytes in network order, or an object of `ipaddress`.
Address = str | bytes | IPv4Address | IPv6Address

FileOperation = Literal[
    "read",
    "create",
    "modify",
    "delete",
    "rename",
    "link",
    "attributes",
    "execute",
    "truncate",
    "chmod",
    "chown",
    "utime",
    "setxattr",
]
Direction = Literal["outbound", "inbound", "listen"]
Protocol = Literal["tcp", "udp", "icmp", "sctp"]
Subject = Literal["user", "group"]
AccountOperation = Literal["create", "delete", "modify"]
RegistryOperation = Literal["create", "read", "modify", "delete", "attributes"]
SystemChange = Literal[
    "time_change", "service_create", "service_delete", "service_change", "log_clear", "log_tamper"
]


class Process(TypedDict, total=False):
    """Who acts; what is not known counts against the actor."""

    path: Name
    #: Carried into audit events, never matched.
    name: Name
    pid: int
    #: Carried, never matched.
    argv: Sequence[Name]


class Principal(TypedDict, total=False):
    """A user or a group, by any of its names."""

    name: Name
    id: int
    sid: Name


class _Common(TypedDict, total=False):
    #: Milliseconds since the Unix epoch.
    time: int
    process: Process
    #: The effective identity of the access.
    user: Principal
    groups: Sequence[Principal]
    #: Passed through to audit events, never matched.
    metadata: object


class _Base(_Common, total=False):
    #: The name the process used.
    requested: Name
    aliases: Sequence[Name]
    cwd: Name
    dirfd_path: Name
    root: Name
    truncated: bool
    deleted: bool


class _File(TypedDict):
    kind: Literal["file"]
    operation: FileOperation
    #: The real object, symbolic links resolved.
    path: Name


class FileEvent(_File, _Base, total=False):
    """A file is accessed."""

    #: The second name of a rename or link.
    target: Name
    mode: int


class _Exec(TypedDict):
    kind: Literal["exec"]
    path: Name


class ExecEvent(_Exec, _Base, total=False):
    """A program is about to be run."""

    argv: Sequence[Name]
    script: Name
    sha256: str
    memfd: bool
    stdio_socket: bool
    ip: Address


class _Network(TypedDict):
    kind: Literal["network"]
    direction: Direction


class NetworkEvent(_Network, _Common, total=False):
    """A connection: `ip`, `domain` or both."""

    ip: Address
    domain: Name
    port: int
    protocol: Protocol


class _Dns(TypedDict):
    kind: Literal["dns"]
    name: Name


class DnsEvent(_Dns, _Common, total=False):
    """A name is looked up."""

    answers: Sequence[Address]
    cnames: Sequence[Name]


class _Login(TypedDict):
    kind: Literal["login"]


class LoginEvent(_Login, _Common, total=False):
    """`user` logs in."""

    source: Address
    #: Absent while the login is being decided; only `False` is a failure.
    success: bool
    groups_complete: bool


class _Account(TypedDict):
    kind: Literal["account"]
    subject: Subject
    operation: AccountOperation
    name: Name


class AccountEvent(_Account, _Common, total=False):
    """A user or group changes."""


class _Registry(TypedDict):
    kind: Literal["registry"]
    operation: RegistryOperation
    key: Name


class RegistryEvent(_Registry, _Common, total=False):
    """The Windows registry is accessed."""

    value: Name


class _System(TypedDict):
    kind: Literal["system"]
    what: SystemChange


class SystemEvent(_System, _Common, total=False):
    """The system itself changes."""

    name: Name


class _Malware(TypedDict):
    kind: Literal["malware"]
    path: Name


class MalwareEvent(_Malware, _Common, total=False):
    """A scanner found malware in a file."""

    signature: Name


class _Credential(TypedDict):
    kind: Literal["credential"]


class CredentialEvent(_Credential, _Common, total=False):
    """A secret is read or used: `name`, `id` or both."""

    name: Name
    id: Name


#: One activity to decide about.
Event = (
    FileEvent
    | ExecEvent
    | NetworkEvent
    | DnsEvent
    | LoginEvent
    | AccountEvent
    | RegistryEvent
    | SystemEvent
    | MalwareEvent
    | CredentialEvent
)
