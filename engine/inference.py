"""How a network is run: by ONNX Runtime on the processor, on few threads that do not spin, and without a word to anybody."""
from __future__ import annotations

from pathlib import Path
from typing import Any


def session(network: Path | bytes, threads: int = 1) -> Any:
    """An `onnxruntime.InferenceSession`. network: a file, or the content of one. Raises what ONNX Runtime does for one that is none."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # Windows' builds hand events to the system's own collector
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning burn the processor time that Blender and other workers need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
