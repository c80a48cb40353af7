"""Changes to a signed document, each in another place. Whether one matters, the tool that signed has to say."""

import random
import re


def flip(text: str, at: int) -> str:
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]


def value_of(element: str):
    def change(text: str, rng: random.Random) -> str | None:
        found = re.search(rf"<(?:\w+:)?{element}>\s*([A-Za-z0-9+/]{{8}})", text)
        return flip(text, found.start(1) + rng.randrange(8)) if found else None

    return change


def replace(old: str, new: str, last: bool = False):
    def change(text: str, _rng: random.Random) -> str | None:
        if old not in text:
            return None
        return new.join(text.rsplit(old, 1)) if last else text.replace(old, new, 1)

    return change


def pattern(old: str, new: str):
    def change(text: str, _rng: random.Random) -> str | None:
        changed, count = re.subn(old, new, text, count=1, flags=re.DOTALL)
        return changed if count else None

    return change


MORE = "http://www.w3.org/2001/04/xmldsig-more#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

TAMPERS = {
    "digest value": value_of("DigestValue"),
    "signature value": value_of("SignatureValue"),
    "content": replace("</data>", "!</data>"),
    "content of an assertion": replace("alice", "mallory"),
    "content of the body": replace("</data>", " </data>", last=True),
    "attribute": pattern(r"<data n='(\d+)'", r"<data n='7\1'"),
    "new attribute": replace("<data ", "<data extra='1' "),
    "new namespace": replace("<data ", "<data xmlns:extra='urn:extra' "),
    "timestamp": replace("<wsu:Created>2026", "<wsu:Created>2027"),
    "address": replace("sts.example.test", "sts.example.invalid"),
    "reference": pattern(r'URI="#(TS|To|X509|Body)-', r'URI="#no-'),
    "reference to the whole": pattern(r'URI="#[^"]+"', r'URI=""'),
    "identifier": pattern(r'(wsu:Id|AssertionID|ID)="', r'\1="x'),
    "digest algorithm": pattern(rf"{XENC}sha256", f"{XENC}sha512"),
    "signature algorithm": pattern(r"#(rsa|ecdsa|hmac)-sha256", r"#\1-sha512"),
    "canonicalization": pattern(
        rf'(CanonicalizationMethod Algorithm="){EXCLUSIVE}"', r"\1http://www.w3.org/TR/2001/REC-xml-c14n-20010315" + '"'
    ),
    "prefix list": pattern(r'PrefixList="[^"]*"', 'PrefixList="wsu"'),
    "enveloped transform": pattern(r"<(?:ds:)?Transform Algorithm=\"[^\"]*enveloped-signature\"\s*/>", ""),
    "signature moved away": pattern(r"(<(ds:)?Signature .*</(ds:)?Signature>)(.*)(</[^>]+>\s*)$", r"\4\1\5"),
    "element dropped": pattern(r"<data .*?</data>", ""),
    "element twice": pattern(r"(<data .*?</data>)", r"\1\1"),
    # The following change bytes and, mostly, no meaning.
    "comment": replace("<data ", "<!-- new --><data "),
    "comment in text": replace("alice", "al<!-- new -->ice"),
    "spacing in a tag": replace("<data ", "<data  "),
    "quotes": pattern(r"<data n='(\d+)'", r'<data n="\1"'),
    "character reference": replace("alice", "&#97;lice"),
    "line break in the signature": replace("<ds:SignedInfo>", "<ds:SignedInfo>\n"),
    "line break in the value": pattern(r"(<(?:\w+:)?SignatureValue>)", r"\1\n"),
    "prefix of the content": pattern(r"<x:a xmlns:x='urn:x'>(.*?)</x:a>", r"<x:a  xmlns:x='urn:x' >\1</x:a >"),
}


def certificate(text: str, old: str, new: str) -> str | None:
    """Another certificate in place of the signer's, wherever it stands and however it is broken into lines."""
    changed = text
    for found in re.finditer(r">([A-Za-z0-9+/=\s]{300,})<", text):
        if "".join(found.group(1).split()) == old:
            changed = changed.replace(found.group(1), new, 1)
    return changed if changed != text else None
