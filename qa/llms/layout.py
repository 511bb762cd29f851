"""Whether llama.cpp is to repack a model's weights as it loads them, which is measured once, for machines differ.

    python -m qa.llms.layout MODEL REPACKED

Of repacked weights several rows are multiplied at once. That reads prompts up to three times as fast on ARM, by
llama.cpp's own figures, and slower on some processors (`docs/speed.md`); it always takes a second more to load, and a
copy of most weights in memory.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

MAX_MEASURED_BYTES = 3_000_000_000  # a larger model would take long to load twice, and is repacked as by default
MIN_GAIN = 1.15  # by which repacked weights must be read faster to be worth what they take
PROMPT = "The council of the town said on Tuesday that the old bridge over the river would be mended. " * 3


def is_repacked(model: Path, states: Path) -> bool:
    """Tell whether a model reads faster with its weights repacked, from what is kept in `states` or measured now."""
    import xllamacpp

    if model.stat().st_size > MAX_MEASURED_BYTES:
        return True
    facts = [str(model.resolve()), model.stat().st_size, version("xllamacpp"), xllamacpp.get_system_info()]
    kept = states / f"{model.stem}.layout.json"
    with suppress(OSError, ValueError):
        known = json.loads(kept.read_bytes())
        if known["of"] == facts:
            return bool(known["repacked_s"] * MIN_GAIN < known["plain_s"])
    if not os.access(states, os.W_OK):  # it would be measured each time
        return False
    plain_s = _measured(model, repacked=False)
    repacked_s = plain_s and _measured(model, repacked=True)
    if not plain_s or not repacked_s:  # it cannot be loaded, which whoever loads it tells
        return False
    partial = kept.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # a full disk: it is measured again
        partial.write_text(json.dumps({"of": facts, "plain_s": plain_s, "repacked_s": repacked_s}), encoding="utf-8")
        partial.replace(kept)
    return repacked_s * MIN_GAIN < plain_s


def _measured(model: Path, repacked: bool) -> float | None:
    """Measure in a process of its own, which gives its memory back as it ends; None where the model does not load."""
    command = [sys.executable, "-m", "qa.llms.layout", str(model), str(int(repacked))]
    told = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return float(told) if told else None


def main() -> None:
    """Print the seconds of the processor, which other processes hardly change, that a prompt takes to be read."""
    import xllamacpp

    model, repacked = sys.argv[1:]
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = 512
    params.n_parallel = 1
    params.fit_params = params.warmup = False
    params.verbosity = -1
    params.no_extra_bufts = not int(repacked)
    server = xllamacpp.Server(params)
    seconds = []
    for _ in range(3):  # at the first the weights come from the disk
        began = time.process_time()
        server.handle_completions({"prompt": PROMPT, "n_predict": 1, "cache_prompt": False})
        seconds.append(time.process_time() - began)
    sys.stdout.write(f"{min(seconds[1:])}\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
