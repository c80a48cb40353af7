"""A third witness, for the STR-Transform that neither xmlsec1 nor signxml knows: libxml2's canonical forms and
OpenSSL's signatures, put together here without a line of the judge."""

import base64
import hashlib
import pathlib
import random

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.extensions import SubjectKeyIdentifier
from documents import DS, WSSE, WSU, X509V3
from lxml import etree
from tools import Key

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
STR = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0"
CORE11 = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


class ByHand:
    """Signs the Body of a message and the token that its KeyInfo refers to."""

    name = "by hand"

    def __init__(self, key: Key) -> None:
        self.key = key

    def sign(self, rng: random.Random, document: str, number: int) -> tuple[str, str, str]:
        reference = rng.choice(self.references(number))
        key_info = (
            f'<wsse:SecurityTokenReference wsu:Id="STR-{number}">{reference}</wsse:SecurityTokenReference>'
        )
        signature = (
            f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
            f'<ds:Reference URI="#Body-{number}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>-</ds:DigestValue></ds:Reference>'
            f'<ds:Reference URI="#STR-{number}"><ds:Transforms><ds:Transform Algorithm="{STR}">'
            f'<wsse:TransformationParameters><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'</wsse:TransformationParameters></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>'
            f"<ds:DigestValue>-</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>-</ds:SignatureValue>"
            f"<ds:KeyInfo>{key_info}</ds:KeyInfo></ds:Signature>"
        )
        root = etree.fromstring(document.replace("@SIGNATURE@", signature).encode())
        for reference in root.iter(f"{{{DS}}}Reference"):
            reference.find(f"{{{DS}}}DigestValue").text = self.digest(root, reference)
        value = self.key.private.sign(signed_info(root), padding.PKCS1v15(), hashes.SHA256())
        next(root.iter(f"{{{DS}}}SignatureValue")).text = base64.b64encode(value).decode()
        return etree.tostring(root, encoding="unicode"), "rsa", RSA_SHA256

    def verifies(self, path: pathlib.Path, _key: str) -> bool:
        try:
            root = etree.fromstring(path.read_bytes())
            for reference in root.iter(f"{{{DS}}}Reference"):
                if "".join(reference.findtext(f"{{{DS}}}DigestValue").split()) != self.digest(root, reference):
                    return False
            value = base64.b64decode(next(root.iter(f"{{{DS}}}SignatureValue")).text, validate=False)
            certified = self.key.certificate.public_key()
            certified.verify(value, signed_info(root), padding.PKCS1v15(), hashes.SHA256())
        except Exception:  # noqa: BLE001 - whatever it raises, it does not accept the document
            return False
        return True

    def references(self, number: int) -> list[str]:
        der = self.key.certificate.public_bytes(Encoding.DER)
        identifier = self.key.certificate.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest
        thumbprint = base64.b64encode(hashlib.sha1(der).digest()).decode()
        names = "".join(f"<ds:{name}>{text}</ds:{name}>" for name, text in (
            ("X509IssuerName", self.key.certificate.issuer.rfc4514_string()),
            ("X509SerialNumber", self.key.certificate.serial_number),
        ))
        return [
            f'<wsse:Reference URI="#X509-{number}" ValueType="{X509V3}"/>',
            f'<wsse:KeyIdentifier ValueType="{PROFILE}#X509SubjectKeyIdentifier">'
            f"{base64.b64encode(identifier).decode()}</wsse:KeyIdentifier>",
            f'<wsse:KeyIdentifier ValueType="{CORE11}#ThumbprintSHA1">{thumbprint}</wsse:KeyIdentifier>',
            f'<wsse:KeyIdentifier ValueType="{CORE11}#ThumbPrintSHA1">{thumbprint}</wsse:KeyIdentifier>',
            f"<ds:X509Data><ds:X509IssuerSerial>{names}</ds:X509IssuerSerial></ds:X509Data>",
        ]

    def digest(self, root: etree._Element, reference: etree._Element) -> str:
        target = element(root, reference.get("URI")[1:])
        if reference.find(f".//{{{WSSE}}}TransformationParameters") is None:
            octets = canonical(target)
        else:
            octets = self.token(root, target)
        return base64.b64encode(hashlib.sha256(octets).digest()).decode()

    def token(self, root: etree._Element, reference: etree._Element) -> bytes:
        direct = reference.find(f"{{{WSSE}}}Reference")
        if direct is not None:
            octets = canonical(element(root, direct.get("URI")[1:]))
            name = octets.split(b" ", 1)[0]
            return octets.replace(name, name + b' xmlns=""', 1)
        # A certificate that is only named is signed as the BinarySecurityToken that would carry it.
        return (
            f'<wsse:BinarySecurityToken xmlns="" xmlns:wsse="{WSSE}" ValueType="{X509V3}">'
            f"{self.key.base64()}</wsse:BinarySecurityToken>"
        ).encode()


def element(root: etree._Element, name: str) -> etree._Element:
    (found,) = root.xpath("//*[@wsu:Id = $name]", namespaces={"wsu": WSU}, name=name)
    return found


def canonical(target: etree._Element) -> bytes:
    return etree.tostring(target, method="c14n", exclusive=True, with_comments=False, with_tail=False)


def signed_info(root: etree._Element) -> bytes:
    return canonical(next(root.iter(f"{{{DS}}}SignedInfo")))
