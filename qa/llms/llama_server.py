"""The process that runs llama.cpp: `python -m qa.llms.llama_server MODEL SOCKET STATES TOKENS`, started by
`qa.llms.llama`; TOKENS is the size of the context.

It says "ready" when the model is loaded, the first time some seconds later (`qa.llms.layout`), else why it cannot be,
and ends when its standard input does, which is when the process that started it is gone.
"""

import os
import signal
import sys
from pathlib import Path

import xllamacpp

from qa.llms.layout import is_repacked


def main() -> None:
    """Serve one model on a Unix socket until nobody needs it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, meant for the process that asks
    model, socket, states, context_tokens = sys.argv[1:]
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = int(context_tokens)
    params.n_parallel = 1
    params.cache_ram_mib = 0
    params.fit_params = False  # what it fits are graphics cards; on a CPU it only takes 0.6 s
    params.warmup = False
    params.verbosity = -1
    params.no_extra_bufts = not is_repacked(Path(model), Path(states))
    params.hostnames = [socket]
    params.slot_save_path = f"{states}/"
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        _say(str(error))
        os._exit(1)
    _say("ready")
    sys.stdin.read()
    os._exit(0 if server else 1)  # llama.cpp may still compute in its threads, which an orderly end would wait for


def _say(line: str) -> None:
    sys.stdout.write(" ".join(line.split()) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
