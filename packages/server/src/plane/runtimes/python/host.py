"""A model host: one model in a Python process of its own. Arguments: the model's folder, its description (JSON) and the
bytes of memory that it may hold (0: any number). One that asks for more ends, and is started anew.

It speaks as the ONNX host does: life in JSON lines over the channel whose descriptor NODE_CHANNEL_FD names, batches and
scores in frames over descriptor 4 (uint32 id, rows, columns, precision, little-endian, then the numbers; with columns 0
the payload is `rows` bytes: a sentence that says why a batch failed, or with precision 0 named tensors: uint32 bytes of
a head, the head in JSON, then each tensor, all filled up to multiples of 8 bytes). Needs nothing but what the model
brings.

States: loading -> ready (where rows are scored, one was tried) -> ended. It ends with its parent, whose death closes the channel.
"""

import importlib
import json
import os
import socket
import struct
import sys
import threading

HEADER = struct.Struct("<4I")
DATA_DESCRIPTOR = 4
WHOLE_NUMBERS = {"long": "int64", "integer": "int32", "boolean": "bool"}


def tell(channel, message):
    channel.sendall(json.dumps(message).encode() + b"\n")


def end_with(channel):
    """The parent says nothing over the channel: what comes is its end."""
    while channel.recv(4096):
        pass
    os._exit(0)


def class_named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def load_sklearn(folder, settings):
    path = os.path.join(folder, settings["pickled_model"])
    written_as = settings.get("serialization_format", "cloudpickle")
    if written_as == "skops":
        skops = importlib.import_module("skops.io")
        return skops.load(path, trusted=settings.get("skops_trusted_types") or [])
    with open(path, "rb") as file:
        return importlib.import_module(written_as).load(file)


def load_xgboost(folder, settings):
    model = class_named(settings.get("model_class", "xgboost.core.Booster"))()
    model.load_model(os.path.join(folder, settings["data"]))
    return model


def load_lightgbm(folder, settings):
    path = os.path.join(folder, settings["data"])
    if settings.get("model_class", "lightgbm.basic.Booster").endswith("Booster"):
        return importlib.import_module("lightgbm").Booster(model_file=path)
    with open(path, "rb") as file:
        return importlib.import_module("cloudpickle").load(file)


LOADERS = {"sklearn": load_sklearn, "xgboost": load_xgboost, "lightgbm": load_lightgbm}


def load(folder, description):
    loader = LOADERS.get(description["flavor"])
    if loader is not None:
        return loader(folder, description["settings"])
    return importlib.import_module("mlflow.pyfunc").load_model(folder)


def function_of(model):
    """What is called with rows: probabilities where the model has them."""
    if type(model).__module__.startswith("xgboost") and type(model).__name__ == "Booster":
        matrix = importlib.import_module("xgboost").DMatrix
        return lambda rows: model.predict(matrix(rows))
    return getattr(model, "predict_proba", model.predict)


def table_maker(description, numpy):
    """Rows as the model's signature has them: with column names and types where pandas is there, else an array."""
    columns = description["columns"]
    try:
        pandas = importlib.import_module("pandas") if columns else None
    except ImportError:
        pandas = None
    if pandas is None:
        return lambda rows: rows
    names = [column["name"] for column in columns]

    def table(rows):
        frame = pandas.DataFrame(rows, columns=names)
        for column in columns:
            whole = WHOLE_NUMBERS.get(column["type"])
            if whole is not None and not frame[column["name"]].isna().any():
                frame[column["name"]] = frame[column["name"]].astype(whole)
            elif column["type"] == "float":
                frame[column["name"]] = frame[column["name"]].astype("float32")
        return frame

    return table


def scores_of(result, rows, numpy):
    """One score a row: of two columns the second (the probability of class 1), of one the value."""
    values = numpy.asarray(result, dtype=numpy.float64)
    if values.ndim == 2 and values.shape[1] == 2:
        values = values[:, 1]
    if values.size != rows:
        raise ValueError(f"The model gave an array of shape {values.shape} for {rows} rows; 1 or 2 values a row are understood.")
    return numpy.ascontiguousarray(values.reshape(rows))


def receive(connection, count):
    data = bytearray(count)
    view = memoryview(data)
    while view:
        got = connection.recv_into(view)
        if got == 0:
            os._exit(0)
        view = view[got:]
    return data


# Types of NumPy, which has none of BF16: it comes and goes as the upper half of a float32.
DTYPES = {
    "BOOL": "?", "UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "i1", "INT16": "<i2",
    "INT32": "<i4", "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}  # fmt: skip
LENGTH = struct.Struct("<I")


def items_in(data):
    at, items = 0, []
    while at < len(data):
        start = at + LENGTH.size
        at = start + LENGTH.unpack_from(data, at)[0]
        items.append(bytes(data[start:at]))
    return items


def array_of(tensor, data, is_text, numpy):
    datatype, shape = tensor["datatype"], tensor["shape"]
    if datatype == "BYTES":
        texts = [text.decode() if is_text else text for text in items_in(data)]
        array = numpy.empty(len(texts), dtype=object)
        array[:] = texts
    elif datatype == "BF16":
        array = (numpy.frombuffer(data, dtype="<u2").astype("<u4") << 16).view("<f4")
    else:
        array = numpy.frombuffer(data, dtype=DTYPES[datatype])
    return array.reshape(shape)


def bytes_of(datatype, array, numpy):
    if datatype == "BYTES":
        texts = [item if isinstance(item, bytes) else str(item).encode() for item in array.reshape(-1).tolist()]
        return b"".join(LENGTH.pack(len(text)) + text for text in texts)
    if datatype == "BF16":
        bits = numpy.ascontiguousarray(array, dtype="<f4").view("<u4")
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
    return numpy.ascontiguousarray(array, dtype=DTYPES[datatype]).tobytes()


def datatype_of(array):
    kinds = {"b": "BOOL", "u": "UINT", "i": "INT", "f": "FP"}
    kind = kinds.get(array.dtype.kind, "BYTES")
    return kind if kind in ("BOOL", "BYTES") else f"{kind}{8 * array.dtype.itemsize}"


def read_tensors(data, binary, numpy):
    """Arrays by name, and the request's parameters. Texts are str, as MLflow has them, but for the columns of `binary`."""
    size = LENGTH.unpack_from(data)[0]
    head = json.loads(bytes(data[LENGTH.size : LENGTH.size + size]))
    at, arrays, view = LENGTH.size + size, {}, memoryview(data)
    for tensor in head["tensors"]:
        arrays[tensor["name"]] = array_of(tensor, view[at : at + tensor["bytes"]], tensor["name"] not in binary, numpy)
        at += tensor["bytes"] + -tensor["bytes"] % 8
    return arrays, head.get("parameters")


def tensor_payload(arrays, signature, numpy):
    """The signature's outputs in its order and datatypes; all that was given where it names none."""
    specs = signature["outputs"] or [{"name": name, "datatype": datatype_of(array)} for name, array in arrays.items()]
    tensors, parts = [], []
    for spec in specs:
        array = arrays.get(spec["name"])
        if array is None:
            raise ValueError(f"The model gave {', '.join(arrays)} and no \"{spec['name']}\", which its signature names.")
        data = bytes_of(spec["datatype"], array, numpy)
        tensors.append({"name": spec["name"], "datatype": spec["datatype"], "shape": list(array.shape), "bytes": len(data)})
        parts.append(data + bytes(-len(data) % 8))
    head = json.dumps({"tensors": tensors}).encode()
    head += b" " * (-(len(head) + LENGTH.size) % 8)
    return LENGTH.pack(len(head)) + head + b"".join(parts)


def named_results(result, signature, numpy):
    """What a model gave, by name: a dict or a table has names; arrays go by their places among the outputs."""
    if hasattr(result, "items") and hasattr(result, "keys"):
        return {name: numpy.asarray(values) for name, values in result.items()}
    names = [spec["name"] for spec in signature["outputs"]] or ["output"]
    if isinstance(result, (list, tuple)) and len(names) > 1 and len(result) == len(names):
        return {name: numpy.asarray(values) for name, values in zip(names, result)}
    if len(names) == 1:
        return {names[0]: numpy.asarray(result)}
    raise ValueError(f"The model gave one result, and its signature names {len(names)} outputs.")


def tensor_function(model, description, numpy):
    """Arrays by name and parameters -> what the model says. Columns become a table, one tensor alone an array."""
    signature = description["signature"]
    columns = description["columns"]
    gives_floats = any(spec["datatype"].startswith(("FP", "BF")) for spec in signature["outputs"])
    function = function_of(model) if gives_floats else model.predict
    is_binary = gives_floats and [len(spec["shape"]) for spec in signature["outputs"]] == [1]
    takes_parameters = type(model).__module__.startswith("mlflow.pyfunc")

    def infer(arrays, parameters):
        if columns:
            pandas = importlib.import_module("pandas")
            rows = pandas.DataFrame({name: array.reshape(-1) for name, array in arrays.items()})
        else:
            rows = next(iter(arrays.values())) if len(arrays) == 1 else arrays
        result = function(rows, params=parameters) if parameters and takes_parameters else function(rows)
        # The probability of class 1, where the signature has one number a row.
        if is_binary and getattr(result, "ndim", 1) == 2 and result.shape[1] == 2:
            result = result[:, 1]
        return named_results(result, signature, numpy)

    return infer


def answer_tensors(infer, description, numpy):
    signature = description["signature"]
    binary = {column["name"] for column in description["columns"] or [] if column["type"] == "binary"}

    def answer(identity, size, _, connection):
        arrays, parameters = read_tensors(receive(connection, size), binary, numpy)
        payload = tensor_payload(infer(arrays, parameters), signature, numpy)
        return HEADER.pack(identity, len(payload), 0, 0) + payload

    return answer


def answer_rows(infer, numpy):
    def answer(identity, rows, columns, connection):
        numbers = numpy.frombuffer(receive(connection, rows * columns * 8), dtype="<f8").reshape(rows, columns)
        return HEADER.pack(identity, rows, 1, 8) + infer(numbers).astype("<f8").tobytes()

    return answer


def serve(connection, answer):
    while True:
        identity, rows, columns, _ = HEADER.unpack(receive(connection, HEADER.size))
        try:
            connection.sendall(answer(identity, rows, columns, connection))
        except MemoryError:
            # What it holds, it holds for good.
            os._exit(1)
        except Exception as error:  # A model may raise anything; the host lives on.
            sentence = f"{type(error).__name__}: {error}"[:2000].encode()
            connection.sendall(HEADER.pack(identity, len(sentence), 0, 8) + sentence)


def limit_memory(memory):
    """The kernel refuses more. Nowhere but on Linux: there what is resident is looked at, once a second."""
    try:
        resource = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    except (ImportError, ValueError, OSError):
        pass


def try_once(infer, signature, numpy):
    """Warms the model up with a row of nothing; whether it likes that is no matter."""
    try:
        infer({spec["name"]: blank(spec, numpy) for spec in signature["inputs"]}, None)
    except Exception:
        pass


def blank(spec, numpy):
    shape = [1 if size < 0 else size for size in spec["shape"]]
    if spec["datatype"] == "BYTES":
        return numpy.full(shape, "", dtype=object)
    return numpy.zeros(shape, dtype=DTYPES.get(spec["datatype"], "<f4"))


def main():
    folder, path, memory = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if memory > 0:
        limit_memory(memory)
    channel = socket.socket(fileno=int(os.environ.pop("NODE_CHANNEL_FD")))
    threading.Thread(target=end_with, args=(channel,), daemon=True).start()
    try:
        with open(path, encoding="utf-8") as file:
            description = json.load(file)
        numpy = importlib.import_module("numpy")
        model = load(folder, description)
        signature = description["signature"]
        if signature is None:
            predict = function_of(model)
            table = table_maker(description, numpy)

            def infer(numbers):
                return scores_of(predict(table(numbers)), len(numbers), numpy)

            infer(numpy.zeros((1, description["width"])))
            answer = answer_rows(infer, numpy)
        else:
            infer = tensor_function(model, description, numpy)
            try_once(infer, signature, numpy)
            answer = answer_tensors(infer, description, numpy)
    except Exception as error:
        tell(channel, {"kind": "failed", "message": f"{type(error).__name__}: {error}"[:2000]})
        os._exit(1)
    tell(channel, {"kind": "ready"})
    serve(socket.socket(fileno=DATA_DESCRIPTOR), answer)


main()
