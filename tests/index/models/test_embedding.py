"""The real MiniLM as an ONNX graph, against sentence-transformers itself; the double that stands in for it."""

import gc
import shutil
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.errors import UsageError
from index.models.embedding import OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.testing import HashingEmbedding

TEXTS = [
    "The bridge over the Lowmoor opened on Tuesday.",
    "Owls.",
    "Zürich, 東京 and Ελλάδα — 🦉 “quoted”\r\n\ttext.",
    "U.S. President Donald Trump said he plans to speak with Russian President Vladimir Putin on Tuesday. " * 4,
    "word " * 1000,
]


@pytest.fixture(scope="session")
def weights() -> Path:
    return ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())


@pytest.fixture(scope="session")
def minilm(weights: Path) -> OnnxEmbedding:
    return OnnxEmbedding(weights, default_models_dir())


def test_vectors_are_those_of_sentence_transformers(minilm: OnnxEmbedding, weights: Path) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(weights), device="cpu", local_files_only=True)
    np.testing.assert_allclose(minilm.embed(TEXTS), reference.encode(TEXTS), atol=1e-5)


def test_vectors_are_in_the_order_of_their_texts_whatever_their_batch(minilm: OnnxEmbedding) -> None:
    texts = [f"Bridge number {number} " + "and so on " * (number * 7 % 20) for number in range(20)]
    together = minilm.embed(texts)
    alone = np.concatenate([minilm.embed([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_padding_does_not_change_a_vector(minilm: OnnxEmbedding) -> None:
    np.testing.assert_allclose(minilm.embed(["Owls.", TEXTS[3]])[0], minilm.embed(["Owls."])[0], atol=1e-6)


def test_vectors_have_length_one(minilm: OnnxEmbedding) -> None:
    vectors = minilm.embed([*TEXTS, ""])
    assert vectors.shape == (6, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_embedders_of_one_model_share_it_and_forget_it_with_the_last(weights: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(weights, tmp_path / weights.name))
    embedders = [OnnxEmbedding(folder, default_models_dir()) for _ in range(3)]
    opened = [weakref.ref(each._model) for each in embedders]
    assert len({id(each()) for each in opened}) == 1
    embedders.clear()
    gc.collect()
    assert [each() for each in opened] == [None] * 3


def test_several_threads_may_use_a_model_at_once(minilm: OnnxEmbedding, weights: Path) -> None:
    other = OnnxEmbedding(weights, default_models_dir())
    vectors, counts = minilm.embed(TEXTS), minilm.count_tokens(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        embedded = [pool.submit(embedder.embed, TEXTS) for embedder in (minilm, other) * 4]
        counted = [pool.submit(embedder.count_tokens, TEXTS) for embedder in (minilm, other) * 20]
    assert all(each.result() == counts for each in counted)
    for each in embedded:
        np.testing.assert_allclose(each.result(), vectors, atol=1e-5)


def test_its_threads_do_not_spin_while_they_wait(minilm: OnnxEmbedding) -> None:
    options = minilm._model.session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_texts_of_one_meaning_are_nearer_than_others(minilm: OnnxEmbedding) -> None:
    question, near, far = minilm.embed(
        ["When was the bridge inaugurated?", "The bridge opened on Tuesday.", "A loaf costs three pounds."]
    )
    assert question @ near > question @ far + 0.3


def test_question_and_passage_are_embedded_alike(minilm: OnnxEmbedding) -> None:
    assert minilm.get_query_embedding("Owls.") == pytest.approx(minilm.get_text_embedding("Owls."))
    np.testing.assert_allclose(minilm.get_text_embedding_batch(TEXTS[:2]), minilm.embed(TEXTS[:2]), atol=1e-6)


def test_text_longer_than_the_window_is_embedded_by_its_beginning(minilm: OnnxEmbedding) -> None:
    assert minilm.max_tokens == 256
    assert minilm.count_tokens(["word " * 1000]) == [1000]
    np.testing.assert_allclose(minilm.embed(["word " * 1000]), minilm.embed(["word " * 254]), atol=1e-6)


def test_word_pieces_are_counted_without_the_frame(minilm: OnnxEmbedding) -> None:
    assert minilm.count_tokens(["bridge", "", "bridge over", "🦉", "-----"]) == [1, 0, 2, 1, 5]
    minilm.embed(["bridge", "a bridge over the river"])
    assert minilm.count_tokens(["bridge", "a bridge over the river"]) == [1, 5], "the padding of a batch is counted"


def test_other_weights_are_exported_once_and_have_another_fingerprint(
    minilm: OnnxEmbedding, weights: Path, tmp_path: Path
) -> None:
    other = tmp_path / weights.name
    shutil.copytree(weights, other)
    with (other / "model.safetensors").open("r+b") as file:
        file.seek(60_000_000)
        file.write(bytes(1_000_000))  # within an encoder layer
    first = OnnxEmbedding(other, tmp_path)
    (graph,) = (tmp_path / "onnx").iterdir()
    exported_at = graph.stat().st_mtime_ns
    second = OnnxEmbedding(other, tmp_path)
    assert list((tmp_path / "onnx").iterdir()) == [graph]
    assert graph.stat().st_mtime_ns == exported_at
    assert minilm.fingerprint == "all-MiniLM-L6-v2:53aa51172d142c89"
    assert second.fingerprint == first.fingerprint != minilm.fingerprint
    assert not np.allclose(second.embed(["Owls."]), minilm.embed(["Owls."]), atol=1e-3)


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json", "sentence_bert_config.json"])
def test_folder_without_a_model_is_a_usage_error(weights: Path, tmp_path: Path, missing: str) -> None:
    for path in weights.iterdir():
        if path.is_file() and path.name != missing:
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(UsageError, match=f"is no sentence-transformers model.*: {missing} is missing"):
        OnnxEmbedding(tmp_path, tmp_path)


def test_model_that_cannot_be_exported_is_a_usage_error(weights: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(weights, broken)
    (broken / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(UsageError, match=r"broken could not be exported to ONNX: .+"):
        OnnxEmbedding(broken, tmp_path)
    assert not list((tmp_path / "onnx").iterdir())


# The double


def test_double_ranks_by_shared_stems(embedder: HashingEmbedding) -> None:
    question, near, far = np.array(
        [
            embedder.get_query_embedding("Who opened the bridges?"),
            embedder.get_text_embedding("The bridge was opening."),
            embedder.get_text_embedding("A loaf costs three pounds."),
        ]
    )
    assert question @ near == pytest.approx(1)
    assert question @ far == pytest.approx(0)
    assert np.linalg.norm(far) == pytest.approx(1)


def test_double_counts_thirteen_pieces_for_ten_words(embedder: HashingEmbedding) -> None:
    assert embedder.count_tokens(["one two three four five six seven eight nine ten", "one", ""]) == [13, 2, 0]
