"""One engine alone in a process: speaks what stdin asks and says what it cost. Runs in its own environment, without this package.

Started as a file: `python speaker.py ours|peer|peer_threads THREADS MODEL_FILE VOICE VOICES_NPZ`. `peer` leaves the threads to
the package. Every line of stdin and stdout is one JSON value.
"""
import contextlib
import json
import sys
import time
from pathlib import Path


def ours(threads, model, voice, _voices):
    """Our engine: the line as text, and in its own length, so that both do the same work."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from engine.script import Plan, Voice, Wish
    from engine.voices import load

    family = load("kokoro", Path(model).parents[1], threads)

    def say(line):
        # A line that is said again would find its first stage done, and cost too little.
        family._cache.clear()
        plan = Plan(line["text"], line["language"], Voice(voice, voice), 0.0, Wish(mode="free"), 24000, 1, 0.0, "", "")
        _speech, samples, _warnings = family.say(plan, lambda: False)
        return len(samples) / family.rate

    return say


def peer(threads, model, voice, voices):
    """The package as it is, or with a session of `threads` threads; it is given the phonemes, so it need not read."""
    from kokoro_onnx import Kokoro

    if threads is None:
        kokoro = Kokoro(model, voices)
    else:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        kokoro = Kokoro.from_session(onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]), voices)

    def say(line):
        # Untrimmed, the length tells how much sound was computed; trimming costs the package some time that is spared here.
        samples, rate = kokoro.create(line["phonemes"], voice, is_phonemes=True, trim=False)
        return len(samples) / rate

    return say


def peak_mb():
    """Greatest resident memory of this process in MB, or None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main(kind, threads, *files):
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        say = ours(int(threads), *files) if kind == "ours" else peer(int(threads) if kind == "peer_threads" else None, *files)
        for request in sys.stdin:
            wall, cpu = time.perf_counter(), time.process_time()
            seconds = say(json.loads(request))
            spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
            print(json.dumps(spent | {"seconds": seconds, "total_cpu": time.process_time(), "peak_mb": peak_mb()}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
