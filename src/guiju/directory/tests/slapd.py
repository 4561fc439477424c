"""A real slapd in a folder of its own on loopback, for tests; no service, no ldap-utils."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection, socket
from uuid import NAMESPACE_DNS, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SUFFIX = "dc=example,dc=cn"
READER, LIMITED, PASSWORD = f"cn=reader,{SUFFIX}", f"cn=limited,{SUFFIX}", "secret-1"

_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix "{suffix}"
rootdn "cn=root,{suffix}"
rootpw "{password}"
directory {folder}/db
maxsize 268435456
envflags nosync
index objectClass,uid,member eq
overlay memberof
limits dn.exact="{reader}" size.soft=500 size.hard=500 size.pr=1000 size.prtotal=unlimited
limits dn.exact="{limited}" size=3 size.prtotal=3
access to attrs=userPassword by anonymous auth by * none
access to * by users read
"""


@dataclass(frozen=True)
class Person:
    """`number` stays with a person whose user name changes; their entryUUID is made of it."""

    uid: str
    name: str
    company: str
    department: str = ""
    title: str = ""
    number: str = ""

    @property
    def dn(self) -> str:
        return f"employeeNumber={self.number or self.uid},ou=people,{SUFFIX}"

    def ldif(self) -> str:
        lines = [
            f"dn: {self.dn}",
            "objectClass: inetOrgPerson",
            f"employeeNumber: {self.number or self.uid}",
            f"entryUUID: {uuid5(NAMESPACE_DNS, self.number or self.uid)}",
            f"uid: {self.uid}",
            f"cn: {self.name}",
            f"sn: {self.name}",
            f"o: {self.company}",
        ]
        lines += [f"ou: {self.department}"] * bool(self.department) + [f"title: {self.title}"] * bool(self.title)
        return "\n".join(lines)


def _with_groups(person: Person, groups: dict[str, list[Person]]) -> str:
    """The overlay keeps memberOf for what is written later; what is loaded at once brings its own."""
    inside = [name for name, members in groups.items() if person in members]
    return "\n".join([person.ldif(), *(f"memberOf: cn={name},ou=groups,{SUFFIX}" for name in inside)])


def ldif_of(people: Iterable[Person], groups: dict[str, list[Person]]) -> str:
    account = "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\nuserPassword: " + PASSWORD
    parts = [
        f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: example\ndc: example",
        f"dn: {READER}\n{account}\ncn: reader",
        f"dn: {LIMITED}\n{account}\ncn: limited",
        f"dn: ou=people,{SUFFIX}\nobjectClass: organizationalUnit\nou: people",
        f"dn: ou=groups,{SUFFIX}\nobjectClass: organizationalUnit\nou: groups",
        *(_with_groups(one, groups) for one in people),
    ]
    for name, members in groups.items():
        lines = [f"dn: cn={name},ou=groups,{SUFFIX}", "objectClass: groupOfNames", f"cn: {name}"]
        parts.append("\n".join([*lines, *(f"member: {one.dn}" for one in members)]))
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True)
class Slapd:
    port: int
    tls_port: int
    ca_file: Path


@contextmanager
def slapd(people: Iterable[Person], groups: dict[str, list[Person]] | None = None) -> Iterator[Slapd]:
    """Runs until the block ends; what it listens to and the certificate authority to trust."""
    program = shutil.which("slapd") or "/usr/sbin/slapd"
    folder = Path(tempfile.mkdtemp(prefix="guiju-slapd-"))
    process = None
    try:
        (folder / "db").mkdir()
        _make_certificates(folder)
        (folder / "data.ldif").write_text(ldif_of(people, groups or {}))
        config = folder / "slapd.conf"
        config.write_text(
            _CONFIG.format(folder=folder, suffix=SUFFIX, password=PASSWORD, reader=READER, limited=LIMITED)
        )
        subprocess.run(
            [program, "-T", "add", "-q", "-f", config, "-l", folder / "data.ldif"], check=True, capture_output=True
        )
        with socket() as one, socket() as other:
            one.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            port, tls_port = one.getsockname()[1], other.getsockname()[1]
        with (folder / "slapd.log").open("wb") as log:
            addresses = f"ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}"
            process = subprocess.Popen([program, "-d", "0", "-f", config, "-h", addresses], stdout=log, stderr=log)
        _wait(process, tls_port)
        yield Slapd(port, tls_port, folder / "ca.pem")
    finally:
        if process is not None:
            process.terminate()
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError), create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise AssertionError("slapd did not start")


def _make_certificates(folder: Path) -> None:
    """ca.pem, cert.pem and key.pem for localhost, with what a strict check asks for."""
    now, key, ca_key = (
        datetime.now(UTC),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )

    def write(file: str, subject: str, own: ec.EllipticCurvePrivateKey, *more: x509.ExtensionType, is_ca: bool) -> None:
        names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in ("Test CA", subject)]
        usage = x509.KeyUsage(not is_ca, False, False, False, False, is_ca, is_ca, False, False)
        certificate = x509.CertificateBuilder(
            names[0],
            names[1],
            own.public_key(),
            x509.random_serial_number(),
            now - timedelta(hours=1),
            now + timedelta(1),
        )
        for extension in (
            x509.BasicConstraints(is_ca, None),
            usage,
            *more,
            x509.SubjectKeyIdentifier.from_public_key(own.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
        ):
            certificate = certificate.add_extension(
                extension, isinstance(extension, (x509.BasicConstraints, x509.KeyUsage))
            )
        signed = certificate.sign(ca_key, hashes.SHA256())
        (folder / file).write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    write("ca.pem", "Test CA", ca_key, is_ca=True)
    write("cert.pem", "localhost", key, names, is_ca=False)
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
