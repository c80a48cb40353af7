"""Signing a document with one of two tools, and asking the same tool whether a document verifies."""

import pathlib
import random
import re

from documents import DS, WSSE
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLSigner, XMLVerifier
from signxml.algorithms import SignatureConstructionMethod
from tools import IDS, Key, xmlsec1

MORE = "http://www.w3.org/2001/04/xmldsig-more#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
CANONICAL = [
    EXCLUSIVE,
    EXCLUSIVE,
    EXCLUSIVE + "WithComments",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2006/12/xml-c14n11#WithComments",
]
DIGESTS = [DS + "sha1", MORE + "sha224", XENC + "sha256", XENC + "sha256", MORE + "sha384", XENC + "sha512"]
RSA = [DS + "rsa-sha1", *(f"{MORE}rsa-sha{bits}" for bits in (224, 256, 256, 384, 512))]
ECDSA = {
    "p256": [f"{MORE}ecdsa-sha{bits}" for bits in (1, 256, 384, 512)],
    "p384": [f"{MORE}ecdsa-sha{bits}" for bits in (256, 384, 512)],
    "p521": [f"{MORE}ecdsa-sha{bits}" for bits in (1, 224, 256, 384, 512)],
}
HMAC = [DS + "hmac-sha1", *(f"{MORE}hmac-sha{bits}" for bits in (224, 256, 384, 512))]
KEY_INFOS = ["X509Certificate", "X509IssuerSerial", "X509SKI", "X509SubjectName", "KeyValue", "none"]


class Xmlsec1:
    """Signs any document by a template."""

    name = "xmlsec1"

    def __init__(self, folder: pathlib.Path, keys: dict[str, Key], secret: pathlib.Path) -> None:
        self.folder, self.keys, self.secret = folder, keys, secret

    def sign(self, rng: random.Random, document: str, parts: list[str], key_info: str | None) -> tuple[str, str, str]:
        key = rng.choice(["rsa", "rsa", "rsa", "p256", "p384", "p521", "hmac"])
        algorithm = rng.choice(RSA if key == "rsa" else HMAC if key == "hmac" else ECDSA[key])
        if key != "rsa":
            key_info = None
        filled = document.replace("@SIGNATURE@", template(rng, algorithm, parts, key, key_info))
        source, target = self.folder / f"{rng.random()}.tmpl", self.folder / f"{rng.random()}.xml"
        source.write_text(filled, newline="")
        private = ["--hmackey", self.secret] if key == "hmac" else ["--privkey-pem", self.pair(key)]
        signed, _, said = xmlsec1("--sign", *private, *IDS, "--output", target, source)
        source.unlink()
        if not signed:
            raise RuntimeError(f"xmlsec1 does not sign by {algorithm}: {said}\n{filled}")
        text = target.read_bytes().decode()
        target.unlink()
        return text, key, algorithm

    def verifies(self, path: pathlib.Path, key: str) -> bool:
        trusted = [argument for known in self.keys.values() for argument in ("--trusted-pem", known.certificate_file)]
        if key == "hmac":
            known = ["--hmackey", self.secret]
        elif key == "carried":
            known = trusted
        else:
            known = [*trusted, "--pubkey-cert-pem", self.keys[key].certificate_file]
        return xmlsec1("--verify", *known, *IDS, path)[0]

    def pair(self, key: str) -> str:
        return f"{self.keys[key].key_file},{self.keys[key].certificate_file}"


class Signxml:
    """Signs assertions, enveloped."""

    name = "signxml"

    def __init__(self, keys: dict[str, Key], secret: bytes) -> None:
        self.keys, self.secret = keys, secret

    def sign(self, rng: random.Random, document: str, parts: list[str]) -> tuple[str, str, str]:
        methods = {
            "rsa": [m for m in SignatureMethod if m.name.startswith("RSA_") or re.fullmatch(r"SHA\d+_RSA_MGF1", m.name)],
            "p256": [m for m in SignatureMethod if re.fullmatch("ECDSA_SHA(256|384|512)", m.name)],
            "hmac": [m for m in SignatureMethod if re.fullmatch(r"HMAC_SHA\d+", m.name)],
        }
        methods["p384"], methods["p521"] = methods["p256"], methods["p256"]
        key = rng.choice(["rsa", "rsa", "rsa", *methods])
        method = rng.choice(methods[key])
        signer = Lenient(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=method,
            digest_algorithm=rng.choice([d for d in DigestAlgorithm if "SHA3_" not in d.name]),
            c14n_algorithm=rng.choice(list(CanonicalizationMethod)),
        )
        root = etree.fromstring(document.replace("@SIGNATURE@", f'<ds:Signature xmlns:ds="{DS}" Id="placeholder"/>'))
        named = {"reference_uri": parts, "id_attribute": "AssertionID" if parts[0].startswith("_b") else "ID"}
        if key == "hmac":
            signed = signer.sign(root, key=self.secret, **named)
        else:
            held = self.keys[key]
            signed = signer.sign(
                root,
                key=held.key_pem,
                cert=[held.certificate],
                always_add_key_value=rng.random() < 0.3,
                **named,
            )
        return etree.tostring(signed, encoding="unicode"), key, method.value

    def verifies(self, path: pathlib.Path, key: str) -> bool:
        known = {"hmac_key": self.secret} if key == "hmac" else {"x509_cert": self.keys[key].certificate}
        config = SignatureConfiguration(
            require_x509=False,
            signature_methods=frozenset(m for m in SignatureMethod if m.name.startswith("HMAC") == (key == "hmac")),
            digest_algorithms=frozenset(DigestAlgorithm),
            ignore_ambiguous_key_info=True,
        )
        document = path.read_bytes()
        known["id_attribute"] = "AssertionID" if b" AssertionID=" in document else "ID"
        try:
            XMLVerifier().verify(document, validate_schema=False, expect_config=config, **known)
        except Exception:  # noqa: BLE001 - whatever it raises, it does not accept the document
            return False
        return True


class Lenient(XMLSigner):
    """Signs with SHA-1 too: services still do."""

    def check_deprecated_methods(self) -> None:
        pass


def template(rng: random.Random, algorithm: str, parts: list[str], key: str, key_info: str | None) -> str:
    enveloped = rng.random() < 0.9 if len(parts) == 1 and parts[0].startswith("_") else False
    enveloped = enveloped or parts[0].startswith("_")
    references = "".join(reference(rng, part, enveloped) for part in parts)
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f"{canonicalization(rng, 'CanonicalizationMethod')}<ds:SignatureMethod Algorithm=\"{algorithm}\"/>{references}"
        f"</ds:SignedInfo><ds:SignatureValue/>{key_info_template(rng, key, key_info)}</ds:Signature>"
    )


def canonicalization(rng: random.Random, element: str) -> str:
    method = rng.choice(CANONICAL)
    if method.startswith(EXCLUSIVE) and rng.random() < 0.3:
        prefixes = rng.choice(["xs xsi", "wsu s", "#default x", "unused"])
        inside = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{prefixes}"/>'
        return f'<ds:{element} Algorithm="{method}">{inside}</ds:{element}>'
    return f'<ds:{element} Algorithm="{method}"/>'


def reference(rng: random.Random, part: str, enveloped: bool) -> str:
    transforms = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>' if enveloped else ""
    if rng.random() < 0.9:
        transforms += canonicalization(rng, "Transform")
    transforms = f"<ds:Transforms>{transforms}</ds:Transforms>" if transforms else ""
    target = f"#xpointer(id('{part}'))" if rng.random() < 0.1 else f"#{part}"
    return (
        f'<ds:Reference URI="{target}">{transforms}<ds:DigestMethod Algorithm="{rng.choice(DIGESTS)}"/>'
        f"<ds:DigestValue/></ds:Reference>"
    )


def key_info_template(rng: random.Random, key: str, wanted: str | None) -> str:
    if wanted is not None and wanted.startswith("#"):
        token = f'<wsse:SecurityTokenReference xmlns:wsse="{WSSE}"><wsse:Reference URI="{wanted}"/>'
        return f"<ds:KeyInfo>{token}</wsse:SecurityTokenReference></ds:KeyInfo>"
    if key == "hmac":
        return "<ds:KeyInfo><ds:KeyName>shared</ds:KeyName></ds:KeyInfo>" if rng.random() < 0.5 else ""
    form = rng.choice(KEY_INFOS if key == "rsa" else ["X509Certificate", "X509SKI", "none"])
    if form == "none":
        return ""
    if form == "KeyValue":
        return "<ds:KeyInfo><ds:KeyValue/></ds:KeyInfo>"
    return f"<ds:KeyInfo><ds:X509Data><ds:{form}/></ds:X509Data></ds:KeyInfo>"
