"""Audit a Chroma folder in a process of its own: a folder that is damaged can make Chroma end the process it runs in.

`python -m index.chroma.probe FOLDER COLLECTION` reads a sample from stdin and prints what is wrong, if anything is.
"""

import io
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

import index
from index.chroma.collection import Sample, audit, open_client

PROBE_LIMIT_S = 300


def probe(folder: Path, collection: str, sample: Sample) -> str | None:
    """Audit the collection in a closed Chroma folder as the next reader will find it; None when nothing is wrong."""
    places = [str(Path(place).parent) for place in index.__path__] + [os.environ.get("PYTHONPATH", "")]
    try:
        done = subprocess.run(
            # -P: a folder `index` where the user stands is not this package.
            [sys.executable, "-P", "-W", "ignore", "-m", "index.chroma.probe", str(folder.resolve()), collection],
            input=_packed(sample),
            capture_output=True,
            timeout=PROBE_LIMIT_S,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
        )
    except subprocess.TimeoutExpired:
        return f"Chroma does not read it within {PROBE_LIMIT_S} s"
    if done.returncode < 0:
        return f"Chroma crashes on it ({signal.Signals(-done.returncode).name})"
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        return f"Chroma cannot read it ({reason[0]})"
    return done.stdout.decode("utf-8") or None


def main(folder: str, collection: str) -> None:
    """Print what is wrong with a collection."""
    with suppress(ImportError):  # Windows has none
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash here is an answer and leaves no file where it stands
    sample = _unpacked(sys.stdin.buffer.read())
    with closing(open_client(Path(folder))) as client:
        found = audit(client.get_collection(collection, embedding_function=None), sample)
    sys.stdout.write(found or "")


def _packed(sample: Sample) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, records=np.array(sample.records), ids=np.array(sample.ids, np.str_), vectors=sample.vectors)
    return buffer.getvalue()


def _unpacked(raw: bytes) -> Sample:
    arrays = np.load(io.BytesIO(raw))
    return Sample(int(arrays["records"]), arrays["ids"].tolist(), arrays["vectors"])


if __name__ == "__main__":
    main(*sys.argv[1:])
