"""Carry encoders, data and code to a machine that takes small files only: as one archive, cut into parts.

    python -m evals.training.reader.bundle cut --encoder NAME=FOLDER ... --file PATH ... --out PARTS [--part-mib 30]
    python -m evals.training.reader.bundle join PARTS --out FOLDER

An encoder travels as int8 with a float16 scale for each group of 64 weights of a row (Dettmers et al. 2022, arXiv
2110.02861, show that blocks keep outliers from costing the others precision), and is float16 again after the joining.
"""

import argparse
import hashlib
import json
import shutil
import tarfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

GROUP = 64
MIB = 2**20
LEAST_QUANTISED = 4096  # numbers: smaller tensors travel as float16


def main() -> None:
    """Cut or join."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    cutting, joining = commands.add_parser("cut"), commands.add_parser("join")
    cutting.add_argument("--encoder", action="append", default=[])
    cutting.add_argument("--file", type=Path, action="append", default=[])
    cutting.add_argument("--part-mib", type=float, default=30)
    joining.add_argument("parts", type=Path)
    for each in (cutting, joining):
        each.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.command == "cut":
        cut(given)
    else:
        join(given.parts, given.out)


def cut(given: argparse.Namespace) -> None:
    """Write `part-0`, `part-1`, ... and `parts.json` with the digest of the whole."""
    archive = given.out / "bundle.tar"
    with tarfile.open(archive, "w") as tar:
        for name, folder in (each.split("=") for each in given.encoder):
            _shrink(Path(folder) / "model.safetensors", given.out / "small.safetensors")
            tar.add(given.out / "small.safetensors", f"encoders/{name}/small.safetensors")
            for kept in ("config.json", "tokenizer.json"):
                tar.add(Path(folder).resolve() / kept, f"encoders/{name}/{kept}")
        for file in given.file:
            tar.add(file, f"{file.parent.name}/{file.name}")
    whole = archive.read_bytes()
    size = int(given.part_mib * MIB)
    starts = range(0, len(whole), size)
    for number, begin in enumerate(starts):
        (given.out / f"part-{number}").write_bytes(whole[begin : begin + size])
    digest = hashlib.sha256(whole).hexdigest()
    (given.out / "parts.json").write_text(json.dumps({"parts": len(starts), "sha256": digest}))
    archive.unlink()
    (given.out / "small.safetensors").unlink(missing_ok=True)
    print(f"{len(starts)} parts, {len(whole) / MIB:.1f} MiB, sha256 {digest}")


def join(parts: Path, out: Path) -> None:
    """Put the parts together, check the digest, unpack; raise ValueError where a part is missing or altered."""
    told = json.loads((parts / "parts.json").read_text())
    whole = b"".join((parts / f"part-{number}").read_bytes() for number in range(told["parts"]))
    if hashlib.sha256(whole).hexdigest() != told["sha256"]:
        raise ValueError(f"{parts}: the parts are not those that were cut")
    (out / "bundle.tar").write_bytes(whole)
    with tarfile.open(out / "bundle.tar") as tar:
        tar.extractall(out, filter="data")
    (out / "bundle.tar").unlink()
    for small in out.glob("encoders/*/small.safetensors"):
        _enlarge(small, small.with_name("model.safetensors"))
        small.unlink()
    shutil.copy(parts / "parts.json", out)


def _shrink(whole: Path, small: Path) -> None:
    kept: dict[str, torch.Tensor] = {}
    for name, value in load_file(whole).items():
        if not value.is_floating_point():
            continue
        if value.ndim != 2 or value.numel() < LEAST_QUANTISED or value.shape[1] % GROUP:
            kept[name] = value.half()
            continue
        groups = value.float().reshape(value.shape[0], -1, GROUP)
        scales = (groups.abs().amax(-1) / 127).clamp(min=1e-7).half()
        kept[f"{name}.int8"] = (groups / scales.float()[..., None]).round().clamp(-127, 127).to(torch.int8)
        kept[f"{name}.scale"] = scales
    save_file(kept, small)


def _enlarge(small: Path, whole: Path) -> None:
    read = load_file(small)
    kept: dict[str, torch.Tensor] = {}
    for name, value in read.items():
        if name.endswith(".int8"):
            scaled = value.float() * read[name.removesuffix(".int8") + ".scale"].float()[..., None]
            kept[name.removesuffix(".int8")] = scaled.reshape(value.shape[0], -1).half()
        elif not name.endswith(".scale"):
            kept[name] = value
    save_file(kept, whole, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
