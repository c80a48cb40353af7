"""The keys of the corpus, and the two tools that sign and verify."""

import base64
import datetime
import pathlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from documents import DS, SAML1, SAML2, SOAP, WSA, WSSE, WSU


class Key:
    """A key pair with a certificate of its own, in files that both tools read."""

    def __init__(self, folder: pathlib.Path, name: str, private) -> None:
        self.name, self.private = name, private
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Witness, Inc."),
                x509.NameAttribute(NameOID.COMMON_NAME, f"witness {name}"),
            ]
        )
        now = datetime.datetime.now(datetime.timezone.utc)
        identifier = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(identifier, critical=False)
            .sign(private, hashes.SHA256())
        )
        self.key_file, self.certificate_file = folder / f"{name}.key", folder / f"{name}.crt"
        self.key_pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.key_file.write_bytes(self.key_pem)
        self.certificate_pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.certificate_file.write_bytes(self.certificate_pem)

    def base64(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()


def keys(folder: pathlib.Path) -> dict[str, Key]:
    def pair(name, private):
        return name, Key(folder, name, private)

    return dict(
        [
            pair("rsa", rsa.generate_private_key(65537, 2048)),
            pair("p256", ec.generate_private_key(ec.SECP256R1())),
            pair("p384", ec.generate_private_key(ec.SECP384R1())),
            pair("p521", ec.generate_private_key(ec.SECP521R1())),
            pair("stranger", rsa.generate_private_key(65537, 2048)),
        ]
    )


IDS = [f"--id-attr:ID={SAML2}:Assertion", f"--id-attr:AssertionID={SAML1}:Assertion"] + [
    f"--id-attr:Id={owner}"
    for owner in (
        f"{SOAP['1.1']}:Body",
        f"{SOAP['1.2']}:Body",
        f"{WSU}:Timestamp",
        f"{WSSE}:BinarySecurityToken",
        f"{WSSE}:SecurityTokenReference",
        f"{WSA}:To",
        f"{DS}:Object",
    )
]
# xmlsec1 takes the name of an identifier and its element as two arguments.
IDS = [argument for pair in IDS for argument in pair.split("=", 1)]


def xmlsec1(*arguments: str | pathlib.Path) -> tuple[bool, bytes, str]:
    """Runs the tool; its exit code is its verdict."""
    done = subprocess.run(["xmlsec1", *map(str, arguments)], capture_output=True, check=False)
    return done.returncode == 0, done.stdout, done.stderr.decode(errors="replace")
