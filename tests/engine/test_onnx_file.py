"""ONNX files are made and read here as the package onnx makes and reads them, and the two get along in one process."""
import numpy as np
import onnx
import pytest

from engine import onnx_file


def made(settings):
    step = onnx_file.node("Conv", ["x", "w"], ["y"], name="step", domain="ours", **settings)
    kernel = onnx_file.tensor(np.arange(6, dtype=np.float32).reshape(1, 2, 3), "w")
    ends = [onnx_file.value("x", onnx_file.FLOAT, (1, 2, "time"))], [onnx_file.value("y", onnx_file.FLOAT, (1, 1, "time"))]
    return onnx_file.model([step], "graph", *ends, [kernel], [onnx_file.opset("", 13)], 8)


def theirs(settings):
    step = onnx.helper.make_node("Conv", ["x", "w"], ["y"], name="step", domain="ours", **settings)
    kernel = onnx.numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(1, 2, 3), "w")
    ends = [[onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)] for name, shape in (("x", (1, 2, "time")), ("y", (1, 1, "time")))]
    graph = onnx.helper.make_graph([step], "graph", *ends, [kernel])
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)


@pytest.mark.parametrize("settings", [{"pads": [1, 1], "group": 1}, {"auto_pad": "SAME_UPPER"}, {"epsilon": 1e-5, "kernel_shape": [3]}])
def test_the_same_bytes_as_the_package(settings):
    assert made(settings).SerializeToString() == theirs(settings).SerializeToString()


def test_settings_come_back(tmp_path):
    wanted = {"pads": [1, 1], "mode": "constant", "epsilon": 0.5, "group": 2}
    onnx_file.write(made(wanted), tmp_path / "some.onnx")
    (step,) = onnx_file.read(tmp_path / "some.onnx").graph.node
    assert onnx_file.settings(step) == wanted | {"mode": b"constant"}
    assert len(onnx.load(tmp_path / "some.onnx").graph.node) == 1


@pytest.mark.parametrize("kind", onnx_file.KINDS.values())
def test_numbers_come_back(kind):
    numbers = np.array([[0, 1, 2], [3, 100, 0]]).astype(kind)
    ours = onnx_file.array(onnx_file.tensor(numbers, "n"))
    assert ours.dtype == kind and np.array_equal(ours, numbers)
    loose = onnx.helper.make_tensor("n", onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind)), numbers.shape, numbers.ravel().tolist())
    loose = onnx_file.message("TensorProto").FromString(loose.SerializeToString())
    assert onnx_file.array(loose).dtype == kind and np.array_equal(onnx_file.array(loose), numbers)


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / "bad.onnx").write_bytes(made({}).SerializeToString()[:-5])
    with pytest.raises(ValueError):
        onnx_file.read(tmp_path / "bad.onnx")
