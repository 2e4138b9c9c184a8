"""Drives one vector search library, told what to do on standard input, for ./knarr bench engine.

    peers.py NAME --vectors F.f32 --queries Q.f32 --dim D --rows N --query-count Q --metric M --k K --threads T [--keep DIR]

Each line on standard input is answered by one line of JSON on standard output:

    build          build the index over the rows with T threads; or load the one kept in --keep
    run P FILE T   search all queries with T threads and search parameter P; row ids go to FILE, int32, shape [queries][k], -1 for none
    quit           end

Queries go in one batch call, so that the cost of a call from Python does not count against a library; faiss-flat is asked one query at a
time, since a batch would become a matrix product. CPU time is the whole process's.
"""

import argparse
import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
import time

import numpy as np

BEAMS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768]


def main():
    options = parse()
    peer = PEERS[options.name](options)
    answer(event="ready", name=options.name, version=importlib.metadata.version(peer.package), settings=peer.settings, kernels=peer.kernels(), threaded=peer.threaded)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "build":
            built(peer, options)
        elif words[0] == "run":
            ran(peer, int(words[1]), words[2], int(words[3]))
        elif words[0] == "quit":
            break


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(PEERS))
    parser.add_argument("--vectors", required=True)
    parser.add_argument("--queries", required=True)
    parser.add_argument("--dim", type=int, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--query-count", type=int, required=True)
    parser.add_argument("--metric", choices=["COSINE", "DOT", "EUCLID", "MANHATTAN"], required=True)
    parser.add_argument("--k", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--keep", help="indexes are kept here, and used again for the same data")
    return parser.parse_args()


def answer(**values):
    print(json.dumps(values), flush=True)


def built(peer, options):
    kept = os.path.join(options.keep, key(options)) if options.keep and peer.kept else None
    if kept and os.path.exists(os.path.join(kept, "built.json")):
        with open(os.path.join(kept, "built.json"), encoding="utf-8") as file:
            figures = json.load(file)
        peer.load(kept)
    else:
        start, cpu = time.perf_counter(), time.process_time()
        peer.build(rows(options.vectors, options.dim, options.rows, options.metric))
        figures = {"wall_s": time.perf_counter() - start, "cpu_s": time.process_time() - cpu}
        folder = kept or tempfile.mkdtemp(prefix="knarr-peer-")
        os.makedirs(folder, exist_ok=True)
        figures["bytes"] = peer.save(folder)
        if kept:
            with open(os.path.join(kept, "built.json"), "w", encoding="utf-8") as file:
                json.dump(figures, file)
        else:
            shutil.rmtree(folder)
    answer(event="built", rows=options.rows, parameters=peer.parameters, **figures)


def key(options):
    data = os.stat(options.vectors)
    return f"{options.name}-{options.metric}-{options.rows}x{options.dim}-{data.st_size}-{int(data.st_mtime)}"


def ran(peer, parameter, path, threads):
    peer.use(threads)
    start, cpu = time.perf_counter(), time.process_time()
    found = peer.search(parameter)
    figures = {"wall_s": time.perf_counter() - start, "cpu_s": time.process_time() - cpu}
    np.ascontiguousarray(found, dtype="<i4").tofile(path)
    answer(event="ran", parameter=parameter, queries=len(found), **figures)


def rows(path, dimension, count, metric):
    """Returns the first rows of a file; of unit length if they are to be compared by cosine, as the engine keeps them."""
    values = np.fromfile(path, dtype="<f4", count=count * dimension).reshape(count, dimension)
    if metric == "COSINE":
        # In place, and without a second array as large as the first, which a million rows have no room for.
        lengths = np.sqrt(np.einsum("ij,ij->i", values, values))
        values /= np.maximum(lengths, 1e-30)[:, None]
    return values


def saved_bytes(path, without=None):
    """Returns the bytes on disk of a file, or of all files under a folder but those in folders of a name."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(
        os.stat(os.path.join(folder, name)).st_blocks * 512
        for folder, _, names in os.walk(path)
        for name in names
        if os.path.basename(folder) != without
    )


class Peer:
    manhattan = False
    threaded = True  # whether several threads can answer a batch
    kept = True  # whether reading the index is faster than making it

    def __init__(self, options):
        self.options = options
        self.k = options.k
        self.parameters = [beam for beam in BEAMS if beam >= options.k]
        self.inner = options.metric in ("COSINE", "DOT")
        if options.metric == "MANHATTAN" and not self.manhattan:
            sys.exit(f"{options.name} has no Manhattan distance")
        self.queries = rows(options.queries, options.dim, options.query_count, options.metric)
        self.threads = 1

    def use(self, threads):
        """Sets how many threads answer a batch from now on."""
        self.threads = threads

    def kernels(self):
        """Returns which instructions the library uses here, where it says so."""
        return None


class Faiss(Peer):
    package = "faiss-cpu"

    def __init__(self, options):
        super().__init__(options)
        import faiss

        self.faiss = faiss
        self.metric = faiss.METRIC_INNER_PRODUCT if self.inner else faiss.METRIC_L2

    def use(self, threads):
        self.faiss.omp_set_num_threads(threads)

    def kernels(self):
        config = getattr(self.faiss, "SIMDConfig", None)
        return config.get_level_name() if config else self.faiss.get_compile_options().strip()

    def make(self):
        raise NotImplementedError

    def build(self, values):
        self.faiss.omp_set_num_threads(self.options.threads)
        self.index = self.make()
        self.index.train(values)
        self.index.add(values)
        self.faiss.omp_set_num_threads(1)

    def save(self, folder):
        path = os.path.join(folder, "index")
        self.faiss.write_index(self.index, path)
        return saved_bytes(path)

    def load(self, folder):
        self.index = self.faiss.read_index(os.path.join(folder, "index"))
        self.faiss.omp_set_num_threads(1)

    def search(self, parameter):
        self.index.hnsw.efSearch = parameter
        return self.index.search(self.queries, self.k)[1]


class FaissFlat(Faiss):
    settings = "flat float32, one query a call"
    kept = False

    def __init__(self, options):
        super().__init__(options)
        self.parameters = [0]

    def make(self):
        return self.faiss.IndexFlat(self.options.dim, self.metric)

    def save(self, folder):
        return self.index.ntotal * self.options.dim * 4  # and no file: of a million rows it would take a minute to write

    def search(self, parameter):
        return np.vstack([self.index.search(query[None], self.k)[1] for query in self.queries])


class FaissHnsw(Faiss):
    settings = "HNSW M 16, float32, efConstruction 200"

    def make(self):
        index = self.faiss.IndexHNSWFlat(self.options.dim, 16, self.metric)
        index.hnsw.efConstruction = 200
        return index


class FaissHnswSq8(Faiss):
    settings = "HNSW M 16, 8-bit scalar quantiser, efConstruction 200"

    def make(self):
        index = self.faiss.IndexHNSWSQ(self.options.dim, self.faiss.ScalarQuantizer.QT_8bit, 16, self.metric)
        index.hnsw.efConstruction = 200
        return index


class Hnswlib(Peer):
    package = "hnswlib"
    settings = "M 16, float32, ef_construction 200"

    def index_of(self):
        import hnswlib

        return hnswlib.Index(space="ip" if self.inner else "l2", dim=self.options.dim)

    def build(self, values):
        self.index = self.index_of()
        self.index.init_index(max_elements=len(values), ef_construction=200, M=16)
        self.index.add_items(values, num_threads=self.options.threads)

    def save(self, folder):
        path = os.path.join(folder, "index")
        self.index.save_index(path)
        return saved_bytes(path)

    def load(self, folder):
        self.index = self.index_of()
        self.index.load_index(os.path.join(folder, "index"))

    def search(self, parameter):
        self.index.set_ef(max(parameter, self.k))
        return self.index.knn_query(self.queries, k=self.k, num_threads=self.threads)[0].astype(np.int32)


class SymphonyQg(Peer):
    package = "rabitqlib"
    settings = "SymphonyQG, degree 32, float32 rows inline, ef_construction 200"

    def build(self, values):
        import rabitqlib

        self.index = rabitqlib.SymqgIndex(self.options.dim, 32, "ip" if self.inner else "l2")
        self.index.build(values, 200, self.options.threads)

    def save(self, folder):
        path = os.path.join(folder, "index")
        self.index.save(path)
        return saved_bytes(path)

    def load(self, folder):
        import rabitqlib

        self.index = rabitqlib.SymqgIndex.load(os.path.join(folder, "index"))

    def search(self, parameter):
        return self.index.search_batch(self.queries, self.k, parameter, self.threads)[0].astype(np.int32)


class Svs(Peer):
    package = "scalable-vs"

    def build(self, values):
        import svs

        folder = tempfile.mkdtemp(prefix="knarr-svs-")
        try:
            path = os.path.join(folder, "rows.fvecs")
            svs.write_vecs(values, path)
            loader = svs.LVQLoader(
                svs.VectorDataLoader(path, svs.float32), primary=self.primary, residual=self.residual, padding=32
            )
            settings = svs.VamanaBuildParameters(
                alpha=0.95 if self.inner else 1.2, graph_max_degree=32, window_size=200, max_candidate_pool_size=750
            )
            self.index = svs.Vamana.build(settings, loader, self.distance(svs), num_threads=self.options.threads)
        finally:
            shutil.rmtree(folder)
        self.index.num_threads = 1

    def use(self, threads):
        self.index.num_threads = threads

    def distance(self, svs):
        return svs.DistanceType.MIP if self.inner else svs.DistanceType.L2

    def save(self, folder):
        parts = [os.path.join(folder, part) for part in ("config", "graph", "data")]
        self.index.save(*parts)
        return sum(map(saved_bytes, parts))

    def load(self, folder):
        import svs

        loader = svs.LVQLoader(os.path.join(folder, "data"), padding=32)
        self.index = svs.Vamana(
            os.path.join(folder, "config"), svs.GraphLoader(os.path.join(folder, "graph")), loader, self.distance(svs), num_threads=1
        )

    def search(self, parameter):
        import svs

        given = svs.VamanaSearchParameters(svs.SearchBufferConfig(parameter), False, 4, 2)
        self.index.search_parameters = given
        return self.index.search(self.queries, self.k)[0].astype(np.int32)


class SvsLvq8(Svs):
    settings = "Vamana, degree 32, LVQ8, prefetch 4/2"
    primary, residual = 8, 0


class SvsLvq4x8(Svs):
    settings = "Vamana, degree 32, LVQ4x8, prefetch 4/2"
    primary, residual = 4, 8


class Qdrant(Peer):
    package = "qdrant-edge-py"
    settings = "HNSW m 16, ef_construct 200, 4-bit TurboQuant, twice as many rescored as wanted"
    manhattan = True
    threaded = False  # it answers a batch for one segment with one thread
    batch = 100

    def config(self):
        import qdrant_edge as edge

        distance = {
            "COSINE": edge.Distance.Dot,  # rows and queries have unit length already
            "DOT": edge.Distance.Dot,
            "EUCLID": edge.Distance.Euclid,
            "MANHATTAN": edge.Distance.Manhattan,
        }[self.options.metric]
        return edge.EdgeConfig(
            vectors=edge.EdgeVectorParams(size=self.options.dim, distance=distance),
            hnsw_config=edge.HnswIndexConfig(
                m=16, ef_construct=200, full_scan_threshold=10, max_indexing_threads=self.options.threads
            ),
            quantization_config=edge.TurboQuantQuantizationConfig(
                bits=edge.TurboQuantBitSize.Bits4, memory=edge.Memory.Pinned
            ),
            optimizers=edge.EdgeOptimizersConfig(
                default_segment_number=1, max_segment_size=1 << 30, indexing_threshold=1
            ),
            max_search_threads=1,
        )

    def build(self, values):
        import qdrant_edge as edge

        self.folder = tempfile.mkdtemp(prefix="knarr-qdrant-")
        self.shard = edge.EdgeShard.create(self.folder, self.config())
        for start in range(0, len(values), 1_000):
            points = [edge.Point(start + at, row.tolist()) for at, row in enumerate(values[start : start + 1_000])]
            self.shard.update(edge.UpdateOperation.upsert_points(points))
        self.shard.optimize()
        self.prepare()

    def prepare(self):
        import qdrant_edge as edge

        self.nearest = [edge.Query.Nearest(query.tolist()) for query in self.queries]


    def save(self, folder):
        import qdrant_edge as edge

        self.shard.flush()
        self.shard.close()
        target = os.path.join(folder, "shard")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target)
        size = saved_bytes(os.path.join(target, "segments"), without="payload_storage")  # reserved, and empty here
        self.shard = edge.EdgeShard.load(self.folder)
        return size

    def load(self, folder):
        import qdrant_edge as edge

        self.folder = None
        self.shard = edge.EdgeShard.load(os.path.join(folder, "shard"))
        self.prepare()

    def search(self, parameter):
        import qdrant_edge as edge

        settings = edge.SearchParams(hnsw_ef=parameter, quantization=edge.QuantizationSearchParams(rescore=True, oversampling=2.0))
        found = np.full((len(self.nearest), self.k), -1, dtype=np.int32)
        for start in range(0, len(self.nearest), self.batch):
            requests = [
                edge.QueryRequest(limit=self.k, query=query, params=settings, with_vector=False, with_payload=False)
                for query in self.nearest[start : start + self.batch]
            ]
            for at, points in enumerate(self.shard.query_batch(edge.QueryBatchRequest(requests)), start):
                found[at, : len(points)] = [point.id for point in points]
        return found


PEERS = {
    "faiss-flat": FaissFlat,
    "faiss": FaissHnsw,
    "faiss-sq8": FaissHnswSq8,
    "hnswlib": Hnswlib,
    "symphonyqg": SymphonyQg,
    "svs": SvsLvq8,
    "svs-lvq4x8": SvsLvq4x8,
    "qdrant": Qdrant,
}

if __name__ == "__main__":
    main()
