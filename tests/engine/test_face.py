"""What is seen of a face: the drawn one's expression over time, nothing where there is none, and words for what is broken."""
from pathlib import Path

import numpy as np
import pytest

from engine.hear import face
from engine.problems import LineProblem
from engine.script import Emotion, Sense

av = pytest.importorskip("av")
cv2 = pytest.importorskip("cv2")

GREY = (0.1348, 0.0, 0.1289, 0.0425, 0.0119, 0.0389, 0.6431)
"""What tflite's own runtime gives for an even grey."""

RECORDING = Path(__file__).resolve().parents[2] / "demo" / "data" / "kennedy_inaugural_1961.flac"


@pytest.fixture(scope="module")
def films():
    """The bench's way of drawing faces."""
    from tests.bench.transfer import films

    return films


@pytest.fixture(scope="module")
def drawn(films, tmp_path_factory):
    """A face that is neutral for two seconds and then happy."""
    path = tmp_path_factory.mktemp("face") / "drawn.mp4"
    films.write(path, films.drawn(films.DRAWN[:2]), None)
    return path


def test_a_drawn_face_begins_to_smile(drawn):
    sight = face.look(str(drawn))
    labels = [face.label(sense) for sense in sight.senses]
    assert labels[:4] == ["neutral"] * 4 and labels[5:] == ["happy"] * 4
    assert [sense.start for sense in sight.senses] == [0.5 * number for number in range(9)]
    assert all(sense.source == "face" and 0 < sense.certainty <= face.RIGHT for sense in sight.senses)
    assert sight.senses[-1].valence > 0.5 > abs(sight.senses[0].valence)
    assert sight.senses[-1].end == pytest.approx(4.5, abs=0.05)
    assert not sight.warnings


def test_a_stretch_counts_from_its_own_start(drawn):
    late = face.seen(str(drawn), 2.5, 1.5)
    assert [face.label(sense) for sense in late] == ["happy"] * 3
    assert [sense.start for sense in late] == [0.0, 0.5, 1.0]


def test_nobody_there(films, tmp_path):
    path = tmp_path / "empty.mp4"
    chance = np.random.default_rng(4)
    wall = cv2.GaussianBlur(chance.integers(0, 255, (*films.SIZE[::-1], 3), np.uint8), (0, 0), 7)
    films.write(path, (wall for _ in range(24)), None)
    assert face.look(str(path)) == face.Sight()


def test_two_faces_are_told(films, tmp_path):
    path = tmp_path / "two.mp4"
    columns, rows = films.SIZE
    one = cv2.resize(films.face(films.DRAWN[0]), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    both = np.zeros((rows, columns, 3), np.uint8)
    both[120:360] = np.hstack([one, one])
    films.write(path, (both for _ in range(48)), None)
    sight = face.look(str(path))
    assert len(sight.senses) == 4
    assert len(sight.warnings) == 1 and sight.warnings[0].startswith("Several faces are seen between 0.0 and 1.9 s")


def test_a_sound_file_has_no_face():
    assert face.seen(str(RECORDING)) == ()


def test_what_is_no_film(tmp_path, drawn):
    with pytest.raises(LineProblem) as missing:
        face.seen(str(tmp_path / "none.mp4"))
    assert missing.value.code == "missing_media"
    for name, content in (("noise.mp4", np.random.default_rng(1).bytes(20000)), ("empty.mp4", b""), ("half.mp4", drawn.read_bytes()[:30000])):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(LineProblem) as broken:
            face.seen(str(path))
        assert broken.value.code == "bad_film", name


def test_seven_probabilities_in_our_space():
    emotion, arousal, valence = face.told(np.eye(7)[face.LABELS.index("neutral")])
    assert (emotion, arousal, valence) == (Emotion(), 0.0, 0.0)
    emotion, arousal, valence = face.told(np.eye(7)[face.LABELS.index("sad")])
    assert emotion == Emotion(sad=1.0) and arousal < 0 and valence < 0
    assert face.label(Sense(0, 1, Emotion(angry=0.3, sad=0.2))) == "neutral"


def test_the_network_is_the_one_that_was_converted():
    """Its answer to a grey square, as tflite gives it: see engine/train/face.py."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(face.MODEL), providers=["CPUExecutionProvider"])
    flat = session.run([face.OUTPUT], {face.INPUT: np.zeros((2, 64, 64, 1), np.float32)})[0]
    assert flat.shape == (2, 7) and np.allclose(flat.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(flat[0], GREY, atol=0.02)
