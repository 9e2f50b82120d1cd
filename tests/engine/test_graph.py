"""The stages of the voice model say exactly what the whole file says, are made once, and refuse a damaged file."""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine import onnx_file
from engine.problems import LineProblem
from engine.voices import graph, lean

from .disk import room_for

ROOT = Path(__file__).resolve().parents[2]
PHONEMES = "həlˈoʊ, wˈɜːld."



def needs_model(test):
    """Whole graphs of the real model are made and compared."""
    return pytest.mark.model(pytest.mark.slow(test))


@pytest.fixture(scope="module")
def source(models) -> Path:
    return models / "kokoro-v1.0" / "kokoro-v1.0.int8.onnx"


@pytest.fixture(scope="module")
def stages(source, tmp_path_factory):
    """Stages of every precision, made once for these tests."""
    folder = tmp_path_factory.mktemp("stages")
    return {precision: graph.prepare(source, folder, precision) for precision in graph.PRECISIONS}


@pytest.fixture(scope="module")
def whole_float(source, tmp_path_factory) -> Path:
    """The file in one piece with float layers, as the official float file has it."""
    from engine.voices import dequantise

    model = onnx_file.read(source)
    dequantise.to_float(model.graph)
    graph.prune(model.graph)
    path = tmp_path_factory.mktemp("whole") / "kokoro-v1.0.onnx"
    onnx_file.write(model, path)
    return path


@pytest.fixture(scope="module")
def line(models) -> tuple[np.ndarray, np.ndarray]:
    """Tokens [1, T] and the style [1, 256] of a real voice."""
    vocabulary = json.loads((ROOT / "engine/voices/kokoro_vocab.json").read_text(encoding="utf-8"))["vocab"]
    ids = [vocabulary[symbol] for symbol in PHONEMES]
    pack = np.fromfile(models / "kokoro-v1.0" / "voices" / "af_heart.bin", "<f4").reshape(510, 256)
    return np.array([[0, *ids, 0]], np.int64), pack[len(ids)][None]


def spoken_in_stages(stages, line, threads=1):
    """Audio of a line through the three stages, and what went into the decoder."""
    tokens, style = line
    sessions = graph.open(stages, threads)
    timbre, prosody = style[:, :128], style[:, 128:]
    durations, hidden, encoded = sessions.text.run(["durations", "hidden", "encoded"], {"tokens": tokens, "style": prosody})
    frames = np.maximum(1, np.round(durations)).astype(np.float32)
    names = ["aligned", "f0", "energy"]
    curves = sessions.prosody.run(names, {"frames": frames, "hidden": hidden, "encoded": encoded, "style": prosody})
    feeds = dict(zip(names, curves, strict=True)) | {"style": timbre}
    (audio,) = sessions.decoder.run(["audio"], feeds)
    assert audio.shape == (600 * int(frames.sum()),)
    assert curves[1].shape == curves[2].shape == (1, 2 * int(frames.sum()))
    return audio, feeds


def spoken_whole(path, line):
    import onnxruntime

    tokens, style = line
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(["audio"], {"tokens": tokens, "style": style, "speed": np.ones(1, np.float32)})[0]


@needs_model
def test_quantised_stages_give_the_whole_files_samples(stages, source, line):
    audio, _ = spoken_in_stages(stages["int8"], line)
    assert np.array_equal(audio, spoken_whole(source, line))


@needs_model
def test_float_stages_give_the_whole_files_samples(stages, whole_float, line):
    audio, _ = spoken_in_stages(stages["fp32"], line)
    assert np.array_equal(audio, spoken_whole(whole_float, line))


@needs_model
def test_a_float_file_comes_apart_like_the_quantised_one(stages, whole_float, line, tmp_path):
    audio, _ = spoken_in_stages(graph.prepare(whole_float, tmp_path, "fp32"), line)
    assert np.array_equal(audio, spoken_in_stages(stages["fp32"], line)[0])


@needs_model
@pytest.mark.parametrize("threads", [1, 2])
def test_the_fast_decoder_says_the_same(stages, line, threads):
    expected, feeds = spoken_in_stages(stages["fp32"], line)
    (audio,) = graph.open(stages["fast"], threads).decoder.run(["audio"], feeds)
    assert np.abs(expected).max() > 0.1
    assert np.abs(audio - expected).max() < 1e-4


@needs_model
def test_the_fast_decoder_does_the_wide_convolutions_by_tiles(stages):
    import onnx

    nodes = onnx.load(stages["fast"].decoder, load_external_data=False).graph.node
    plain = onnx.load(stages["fp32"].decoder, load_external_data=False).graph.node
    # 24 convolutions in each width of the generator's blocks: three plain and one noise block of six
    assert sum(node.op_type == "FusedMatMul" for node in nodes) == 2 * 48
    assert sum(node.op_type == "InstanceNormalization" for node in nodes) == 48
    assert not any(node.op_type in ("FusedMatMul", "InstanceNormalization") for node in plain)


@needs_model
def test_a_second_preparation_repeats_nothing(source, tmp_path):
    told = []
    first = graph.prepare(source, tmp_path, "int8", lambda share, what: told.append(share))
    assert told == sorted(told) and told[-1] == 1.0
    made = {path: path.stat().st_mtime_ns for path in vars(first).values()}
    told.clear()
    assert graph.prepare(source, tmp_path, "int8", lambda share, what: told.append(share)) == first
    assert not told
    assert {path: path.stat().st_mtime_ns for path in vars(first).values()} == made
    assert [path.name for path in tmp_path.iterdir()] == [first.text.parent.name]


@needs_model
def test_two_processes_may_prepare_at_once(source, tmp_path, line):
    code = "import sys; from pathlib import Path; from engine.voices import graph; graph.prepare(Path(sys.argv[1]), Path(sys.argv[2]), 'int8')"
    both = [subprocess.Popen([sys.executable, "-c", code, source, tmp_path], cwd=ROOT) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    (home,) = tmp_path.iterdir()
    assert sorted(path.name for path in home.iterdir()) == ["decoder.onnx", "prosody.onnx", "text.onnx"]
    assert spoken_in_stages(graph.prepare(source, tmp_path, "int8"), line)[0].size


@needs_model
def test_a_stage_that_was_lost_is_made_again(source, tmp_path, line):
    stages = graph.prepare(source, tmp_path, "int8")
    stages.decoder.unlink()
    assert spoken_in_stages(graph.prepare(source, tmp_path, "int8"), line)[0].size


@needs_model
def test_a_damaged_stage_is_refused_and_made_again(source, tmp_path, line):
    stages = graph.prepare(source, tmp_path, "int8")
    stages.decoder.write_bytes(stages.decoder.read_bytes()[:100_000])
    with pytest.raises(LineProblem) as problem:
        graph.open(stages, 1)
    assert problem.value.code == "bad_model"
    assert spoken_in_stages(graph.prepare(source, tmp_path, "int8"), line)[0].size


@needs_model
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_refused(source, tmp_path, share):
    content = source.read_bytes()
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(LineProblem) as problem:
        graph.prepare(cut, tmp_path / "stages")
    assert problem.value.code == "bad_model"
    assert not list((tmp_path / "stages").iterdir())


@needs_model
def test_the_choice_is_measured_once_and_remembered(source, stages):
    folder = stages["fast"].text.parent.parent
    chosen = graph.choose(source, folder)
    assert chosen in ("fast", "int8")
    (note,) = folder.glob("choice-*.json")
    measured = json.loads(note.read_text(encoding="utf-8"))
    assert (chosen == "int8") == (measured["seconds"]["int8"] < graph.CLEARLY * measured["seconds"]["fast"])
    other = "int8" if chosen == "fast" else "fast"
    note.write_text(json.dumps({"precision": other}), encoding="utf-8")
    assert graph.choose(source, folder) == other
    note.write_text("not a note", encoding="utf-8")
    assert graph.choose(source, folder) in ("fast", "int8")


@needs_model
def test_a_folder_that_takes_no_files_is_told(source, tmp_path):
    (tmp_path / "stages").write_text("a file in the way")
    with pytest.raises(LineProblem) as problem:
        graph.prepare(source, tmp_path / "stages", "int8")
    assert problem.value.code == "cannot_prepare" and str(tmp_path / "stages") in problem.value.message


@needs_model
def test_a_disk_too_full_for_the_stages_is_told(source, tmp_path):
    with room_for(1_000_000), pytest.raises(LineProblem) as problem:
        graph.prepare(source, tmp_path, "int8")
    assert problem.value.code == "cannot_prepare" and "File too large" in problem.value.message
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_no_model(tmp_path):
    with pytest.raises(LineProblem) as problem:
        graph.prepare(tmp_path / "none.onnx", tmp_path)
    assert problem.value.code == "no_model"


@pytest.mark.parametrize(("shape", "tile"), list(lean.TILES.items()))
def test_a_tile_is_the_convolution_it_stands_for(shape, tile):
    taps, (transform, outputs) = shape[1], tile
    b, g, a = transform(outputs, taps)
    signal, kernel = np.random.default_rng(taps).standard_normal((2, outputs + taps - 1))
    kernel = kernel[:taps]
    expected = [kernel @ signal[j : j + taps] for j in range(outputs)]
    assert np.allclose(a.T @ ((g @ kernel) * (b @ signal)), expected, atol=1e-12)
    assert len(b) < 0.75 * outputs * taps
