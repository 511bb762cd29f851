"""The codes that the command ends with; those of errors are kept with them (`index.errors`)."""

ABSTAINED = WORSE = TO_MEND = 1
SOME_SKIPPED = 3
DAMAGED = 12
INTERRUPTED = 130

TOPIC = "exit-codes"
MEANINGS = {
    0: "answered, or done",
    1: "abstained; with `qa eval --gate` worse than the baseline; with `qa doctor` something to mend",
    2: "usage or error: the message says what to type instead",
    3: "index made, but some files skipped",
    4: "model: it does not load, does not answer or refuses the key",
    10: "no articles in the folder",
    11: "another process is writing the index",
    12: "index damaged, or Chroma's server does not answer",
    130: "interrupted",
}
