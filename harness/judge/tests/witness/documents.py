"""Unsigned documents of many shapes, as templates: `@SIGNATURE@` marks where the signature goes."""

import random

SAML2 = "urn:oasis:names:tc:SAML:2.0:assertion"
SAML1 = "urn:oasis:names:tc:SAML:1.0:assertion"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
SOAP = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
WSA = "http://www.w3.org/2005/08/addressing"
DS = "http://www.w3.org/2000/09/xmldsig#"
X509V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

# Things that canonical forms disagree about when one of them is wrong.
CONTENT = [
    "plain",
    "Größe: 1 &lt; 2 &amp; 3 &gt; 2",
    "<![CDATA[<not> & markup]]>",
    "before<!-- a comment -->after",
    "<?target some data?>text",
    "line&#xD;\nfeed&#9;tab &quot;quoted&quot;",
    "<x:a xmlns:x='urn:x'><x:b y='1' x:y='2'/></x:a>",
    "<a xmlns=''><b xmlns='urn:b'/><c/></a>",
    "<p:q xmlns:p='urn:one'><p:q xmlns:p='urn:two'/><p:q/></p:q>",
    "<t xml:lang='sv' xml:space='preserve' zeta='&quot;&#10;&#xD;' alpha='&lt;&amp;>'> </t>",
    "<t a='one\ntwo\tthree'/>",
    "\U0001f600 \u00e9 e\u0301",
    "<v xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
    " xsi:type='xs:string'>typed</v>",
    "<empty></empty><empty/>",
]


def content(rng: random.Random) -> str:
    return "".join(f"<data n='{n}'>{rng.choice(CONTENT)}</data>" for n in range(rng.randint(1, 4)))


def assertion2(rng: random.Random, number: int) -> tuple[str, str]:
    name = f"_a{number}"
    prefix = rng.choice(["saml2:", "saml:", ""])
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    wide = rng.choice(["", " xmlns:xs='http://www.w3.org/2001/XMLSchema'", " xml:lang='en'"])
    return name, (
        f'<{prefix}Assertion {declared}="{SAML2}"{wide} ID="{name}" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">'
        f"<{prefix}Issuer>urn:witness</{prefix}Issuer>@SIGNATURE@\n  "
        f"<{prefix}Subject><{prefix}NameID>alice{number}</{prefix}NameID></{prefix}Subject>{content(rng)}"
        f"</{prefix}Assertion>"
    )


def assertion1(rng: random.Random, number: int) -> tuple[str, str]:
    name = f"_b{number}"
    return name, (
        f'<saml:Assertion xmlns:saml="{SAML1}" AssertionID="{name}" MajorVersion="1" MinorVersion="1" Issuer="urn:w" '
        f'IssueInstant="2026-01-01T00:00:00Z"><saml:Conditions/>{content(rng)}@SIGNATURE@</saml:Assertion>'
    )


def inside(rng: random.Random, number: int) -> tuple[str, str]:
    """An assertion inside an answer, so that namespaces come from above."""
    name, token = assertion2(rng, number)
    return name, (
        f"<s:Envelope xmlns:s='{SOAP['1.2']}' xmlns:unused='urn:unused' xmlns:x='urn:x' xml:lang='fi'>"
        f"<s:Body><wst:T xmlns:wst='urn:wst' xmlns='urn:default'>{token}</wst:T></s:Body></s:Envelope>"
    )


def message(rng: random.Random, number: int, certificate: str) -> tuple[list[str], str]:
    """A SOAP message of which several parts are signed by wsu:Id."""
    soap = SOAP[rng.choice(["1.1", "1.2"])]
    parts = rng.sample([f"TS-{number}", f"To-{number}", f"X509-{number}"], rng.randint(0, 3)) + [f"Body-{number}"]
    return parts, (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{soap}" xmlns:wsa="{WSA}" xmlns:wsu="{WSU}">\n'
        f' <s:Header>\n  <wsa:To wsu:Id="To-{number}" s:mustUnderstand="1">https://sts.example.test/sts</wsa:To>\n'
        f'  <wsse:Security xmlns:wsse="{WSSE}" s:mustUnderstand="1">\n'
        f'   <wsu:Timestamp wsu:Id="TS-{number}"><wsu:Created>2026-01-01T00:00:00Z</wsu:Created></wsu:Timestamp>\n'
        f'   <wsse:BinarySecurityToken wsu:Id="X509-{number}" EncodingType="{BASE64}" ValueType="{X509V3}">'
        f"{certificate}</wsse:BinarySecurityToken>@SIGNATURE@\n  </wsse:Security>\n </s:Header>\n"
        f' <s:Body wsu:Id="Body-{number}" xmlns:foreign="urn:f" foreign:Id="TS-{number}">{content(rng)}</s:Body>\n'
        f"</s:Envelope>\n"
    )
