"""Writes signed documents, changed copies of them, and what the tool that signed them says about each.

usage: corpus.py FOLDER COUNT [SEED]
"""

import pathlib
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import documents
import tamper
from by_hand import ByHand
from signers import Signxml, Xmlsec1
from tools import keys

# signxml keeps comments under a reference of the form `#id`, and gives the apex of an inclusive canonical form no
# `xml:` attributes of its ancestors.
UNFIT = ["<!--", "xml:lang", "xml:space"]


def main(folder: pathlib.Path, count: int, seed: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    known = keys(folder)
    secret = folder / "shared.secret"
    secret.write_bytes(random.Random(seed).randbytes(32))
    tools = Xmlsec1(folder, known, secret), Signxml(known, secret.read_bytes()), ByHand(known["rsa"])
    with ThreadPoolExecutor() as pool:
        rows = pool.map(lambda number: pair(folder, known, tools, seed, number), range(count))
        lines = [line for rows in rows for line in rows]
    (folder / "manifest.tsv").write_text("".join("\t".join(line) + "\n" for line in lines))


def pair(folder, known, tools, seed, number):
    """One document and one changed copy; each line: file, verdict, tool, algorithm, signed parts, change."""
    rng = random.Random(f"{seed}/{number}")
    by_xmlsec1, by_signxml, by_hand = tools
    shape = number % 6
    if shape in (0, 5):
        parts, document = documents.message(rng, number, known["rsa"].base64())
        tool, key_info = by_xmlsec1, f"#X509-{number}"
    else:
        make = [documents.assertion2, documents.assertion1, documents.inside, documents.assertion2][shape - 1]
        name, document = make(rng, number)
        parts, key_info = [name], None
        # signxml puts the signature into the root, so that what is inside something else is not for it; and it is no
        # witness where it leaves the recommendations, and xmlsec1 does not.
        fit = make is not documents.inside and not any(odd in document for odd in UNFIT)
        tool = by_signxml if fit and rng.random() < 0.8 else by_xmlsec1
    if shape == 5:
        signed, key, algorithm = by_hand.sign(rng, document, number)
        tool, parts = by_hand, [f"Body-{number}"]
    elif tool is by_xmlsec1:
        signed, key, algorithm = tool.sign(rng, document, parts, key_info)
    else:
        signed, key, algorithm = tool.sign(rng, document, parts)
    return [
        write(folder, f"{number}-signed.xml", signed, tool, key, algorithm, parts, "none"),
        changed(folder, known, rng, number, signed, tool, key, algorithm, parts),
    ]


def changed(folder, known, rng, number, signed, tool, key, algorithm, parts):
    if key == "rsa" and rng.random() < 0.7:
        swapped = tamper.certificate(signed, known["rsa"].base64(), known["stranger"].base64())
        if swapped is not None and tool.name == "xmlsec1" and "X509Certificate" in swapped:
            row = f"{number}-changed.xml"
            return write(folder, row, swapped, tool, "carried", algorithm, parts, "certificate")
    names = list(tamper.TAMPERS)
    rng.shuffle(names)
    for name in names:
        if tool.name == "signxml" and name.startswith("comment"):
            continue
        text = tamper.TAMPERS[name](signed, rng)
        if text is not None and text != signed:
            return write(folder, f"{number}-changed.xml", text, tool, key, algorithm, parts, name)
    raise RuntimeError(f"nothing to change in document {number}")


def write(folder, name, text, tool, key, algorithm, parts, change):
    path = folder / name
    path.write_text(text, newline="", encoding="utf-8")
    verdict = "valid" if tool.verifies(path, key) else "invalid"
    if change == "none" and verdict != "valid":
        raise RuntimeError(f"{tool.name} does not accept its own signature by {algorithm}: {path}")
    return name, verdict, tool.name, algorithm, ",".join(parts), change


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "witness")
