"""Writes encrypted documents: by xmlsec1, and by hand over `cryptography` where xmlsec1 lacks the algorithm.

usage: encrypted.py FOLDER COUNT
"""

import base64
import os
import pathlib
import random
import re
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tools import DS, keys, xmlsec1

XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
CONTENT = {
    f"{XENC}aes128-cbc": "aes-128",
    f"{XENC}aes192-cbc": "aes-192",
    f"{XENC}aes256-cbc": "aes-256",
    f"{XENC}tripledes-cbc": "des-192",
    f"{XENC11}aes128-gcm": "aes-128",
    f"{XENC11}aes192-gcm": "aes-192",
    f"{XENC11}aes256-gcm": "aes-256",
}
TRANSPORT = ["rsa-1_5", "rsa-oaep-mgf1p", "kw-aes128", "kw-aes192", "kw-aes256"]
HASHES = {
    "sha1": (f"{DS}sha1", hashes.SHA1()),
    "sha256": (f"{XENC}sha256", hashes.SHA256()),
    "sha384": ("http://www.w3.org/2001/04/xmldsig-more#sha384", hashes.SHA384()),
    "sha512": (f"{XENC}sha512", hashes.SHA512()),
}


def main(folder: pathlib.Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    known, rng = keys(folder), random.Random("encrypted")
    for size in (16, 24, 32):
        (folder / f"wrap-{size}.secret").write_bytes(os.urandom(size))
    lines = []
    for number in range(count):
        plain = f'<a xmlns="urn:a" n="{number}">{"x" * rng.randrange(1, 40)}</a>'
        (folder / f"{number}.plain").write_text(plain)
        make = by_hand if number % 3 == 2 else by_xmlsec1
        text, algorithms = make(folder, known["rsa"], rng, number, plain)
        lines.append(write(folder, number, "sealed", text, "opens", algorithms))
        if "gcm" in algorithms:
            values = list(re.finditer(r"CipherValue>\s*([A-Za-z0-9+/])", text))
            at = rng.choice(values).start(1)
            changed = text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]
            lines.append(write(folder, number, "changed", changed, "does not open", algorithms))
    (folder / "manifest.tsv").write_text("".join(lines))


def write(folder, number, name, text, verdict, algorithms):
    (folder / f"{number}-{name}.xml").write_text(text, newline="")
    return f"{number}-{name}.xml\t{verdict}\t{number}.plain\t{algorithms}\n"


def by_xmlsec1(folder, key, rng, number, plain):
    content = list(CONTENT)[number % len(CONTENT)]
    transport = TRANSPORT[number % len(TRANSPORT)]
    wrap = {"kw-aes128": 16, "kw-aes192": 24, "kw-aes256": 32}.get(transport)
    template = folder / "template.xml"
    template.write_text(encrypted(content, f'<xenc:EncryptionMethod Algorithm="{XENC}{transport}"/>', "", ""))
    source = folder / "source.xml"
    source.write_text(plain)
    held = ["--aeskey", folder / f"wrap-{wrap}.secret"] if wrap else ["--pubkey-cert-pem", key.certificate_file]
    done, output, said = xmlsec1("--encrypt", *held, "--session-key", CONTENT[content], "--binary-data", source, template)
    if not done:
        raise RuntimeError(f"xmlsec1 does not encrypt by {content}, {transport}: {said}")
    sealed = folder / "sealed.xml"
    sealed.write_bytes(output)
    held = ["--aeskey", folder / f"wrap-{wrap}.secret"] if wrap else ["--privkey-pem", key.key_file]
    done, opened, said = xmlsec1("--decrypt", *held, sealed)
    if not done or plain not in opened.decode():
        raise RuntimeError(f"xmlsec1 does not open what it sealed by {content}, {transport}: {said}")
    return output.decode(), f"{content} {transport}"


def by_hand(_folder, key, rng, number, plain):
    """Digest and mask that differ, which xmlsec1 does not know."""
    digest, mask = list(HASHES)[number % 4], list(HASHES)[number // 4 % 4]
    older = digest == "sha256" and mask == "sha1" and rng.random() < 0.5
    label = b"label" if rng.random() < 0.3 else None
    session, nonce = AESGCM.generate_key(256), os.urandom(12)
    scheme = padding.OAEP(padding.MGF1(HASHES[mask][1]), HASHES[digest][1], label)
    wrapped = key.private.public_key().encrypt(session, scheme)
    content = nonce + AESGCM(session).encrypt(nonce, plain.encode(), None)
    inside = f"<xenc:OAEPparams>{base64.b64encode(label).decode()}</xenc:OAEPparams>" if label else ""
    inside += f'<ds:DigestMethod Algorithm="{HASHES[digest][0]}"/>'
    if not older:
        inside += f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{XENC11}mgf1{mask}"/>'
    uri = f"{XENC}rsa-oaep-mgf1p" if older else f"{XENC11}rsa-oaep"
    method = f'<xenc:EncryptionMethod Algorithm="{uri}">{inside}</xenc:EncryptionMethod>'
    values = [base64.encodebytes(value).decode() for value in (wrapped, content)]
    algorithm = f"{XENC11}aes256-gcm"
    return encrypted(algorithm, method, *values), f"{algorithm} oaep {digest} {mask} {label}"


def encrypted(content: str, method: str, key: str, data: str) -> str:
    return (
        f'<xenc:EncryptedData xmlns:xenc="{XENC}" Type="{XENC}Element"><xenc:EncryptionMethod Algorithm="{content}"/>'
        f'<ds:KeyInfo xmlns:ds="{DS}"><xenc:EncryptedKey>{method}<xenc:CipherData><xenc:CipherValue>{key}'
        f"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
        f"<xenc:CipherData><xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
    )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
