"""Asks xmlsec1, signxml and xmllint about the files of a folder; prints `file, tool, verdict`, one a line.

Arguments: the folder, with a `manifest.tsv` of file, kind, key and whether it is untouched; the folder of our
certificates; and, where it is here, the schema of whole messages.
"""

import collections
import pathlib
import subprocess
import sys

from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

SAML = {"ID": "urn:oasis:names:tc:SAML:2.0:assertion", "AssertionID": "urn:oasis:names:tc:SAML:1.0:assertion"}
WSS = "http://docs.oasis-open.org/wss/"
SIGNED_PARTS = [
    *(f"http://www.w3.org/2005/08/addressing:{name}" for name in ("Action", "MessageID", "RelatesTo", "To")),
    f"{WSS}2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd:Timestamp",
    f"{WSS}oasis-wss-wssecurity-secext-1.1.xsd:SignatureConfirmation",
    "http://schemas.xmlsoap.org/soap/envelope/:Body",
    "http://www.w3.org/2003/05/soap-envelope:Body",
]
MESSAGE_SIGNATURE = "/*/*[local-name()='Header']/*[local-name()='Security']/*[local-name()='Signature']"
# So many files go on one command line.
BATCH = 250

# SHA-1 is what some services still sign with, and a message has several references.
CONFIG = {
    "require_x509": False,
    "signature_methods": frozenset(method for method in SignatureMethod if not method.name.startswith("HMAC")),
    "digest_algorithms": frozenset(DigestAlgorithm),
    "ignore_ambiguous_key_info": True,
}


def main(folder: pathlib.Path, keys: pathlib.Path, schema: pathlib.Path | None) -> None:
    rows = [line.split("\t") for line in (folder / "manifest.tsv").read_text().splitlines()]
    groups = collections.defaultdict(list)
    for file, kind, key, untouched in rows:
        # One that must fail ends a batch, so each has one of its own.
        groups[kind, key, "" if untouched == "untouched" else file].append(folder / file)
    for (kind, key, _), files in groups.items():
        certificate = keys / f"signing-{key}.cert.pem"
        for batch in (files[start : start + BATCH] for start in range(0, len(files), BATCH)):
            report("xmlsec1", batch, lambda batch: xmlsec1(kind, certificate, batch))
            if schema and kind == "message":
                report("xmllint", batch, lambda batch: xmllint(schema, batch))
        pem = certificate.read_text()
        for file in files:
            print(file.name, "signxml", "accepted" if signxml(kind, pem, file) else "refused", sep="\t")


def report(tool: str, batch: list[pathlib.Path], accepts) -> None:
    """A batch is accepted as a whole; otherwise each file has to answer for itself."""
    if len(batch) > 1 and not accepts(batch):
        for file in batch:
            report(tool, [file], accepts)
        return
    verdict = "accepted" if len(batch) > 1 or accepts(batch) else "refused"
    for file in batch:
        print(file.name, tool, verdict, sep="\t")


def xmlsec1(kind: str, certificate: pathlib.Path, files: list[pathlib.Path]) -> bool:
    if kind == "message":
        owners = [("Id", part) for part in SIGNED_PARTS]
        where = ["--node-xpath", MESSAGE_SIGNATURE]
    else:
        owners = [(attribute, f"{namespace}:Assertion") for attribute, namespace in SAML.items()]
        where = []
    ids = [argument for attribute, owner in owners for argument in (f"--id-attr:{attribute}", owner)]
    # The certificate comes by hand: xmlsec1 knows no SecurityTokenReference, and must not believe what a token shows.
    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", str(certificate), *ids, *where, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    return done.returncode == 0 and said.count("OK") == len(files)


def xmllint(schema: pathlib.Path, files: list[pathlib.Path]) -> bool:
    command = ["xmllint", "--noout", "--nonet", "--schema", str(schema), *map(str, files)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def signxml(kind: str, certificate: str, file: pathlib.Path) -> bool:
    document = file.read_bytes()
    if kind == "message":
        named, references = "Id", True
    else:
        named, references = "AssertionID" if b" AssertionID=" in document else "ID", 1
    config = SignatureConfiguration(expect_references=references, **CONFIG)
    try:
        XMLVerifier().verify(
            document, x509_cert=certificate, id_attribute=named, validate_schema=False, expect_config=config
        )
    except Exception as why:  # noqa: BLE001 - whatever it raises, it does not accept the document
        print(file.name, why, file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:3]), pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None)
