"""A model host: one model in a Python process of its own. Arguments: the model's folder and its description (JSON).

It speaks as the ONNX host does: life in JSON lines over the channel whose descriptor NODE_CHANNEL_FD names, batches and
scores in frames over descriptor 4 (uint32 id, rows, columns, precision, little-endian, then the numbers; with columns 0
the payload is a sentence of `rows` bytes that says why a batch failed). Needs nothing but what the model brings.

States: loading -> ready (one row was tried) -> ended. It ends with its parent, whose death closes the channel.
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


def serve(connection, infer, numpy):
    while True:
        identity, rows, columns, _ = HEADER.unpack(receive(connection, HEADER.size))
        numbers = numpy.frombuffer(receive(connection, rows * columns * 8), dtype="<f8").reshape(rows, columns)
        try:
            payload = infer(numbers).astype("<f8").tobytes()
            connection.sendall(HEADER.pack(identity, rows, 1, 8) + payload)
        except Exception as error:  # A model may raise anything; the host lives on.
            sentence = f"{type(error).__name__}: {error}"[:2000].encode()
            connection.sendall(HEADER.pack(identity, len(sentence), 0, 8) + sentence)


def main():
    folder, path = sys.argv[1:3]
    channel = socket.socket(fileno=int(os.environ.pop("NODE_CHANNEL_FD")))
    threading.Thread(target=end_with, args=(channel,), daemon=True).start()
    try:
        with open(path, encoding="utf-8") as file:
            description = json.load(file)
        numpy = importlib.import_module("numpy")
        predict = function_of(load(folder, description))
        table = table_maker(description, numpy)

        def infer(numbers):
            return scores_of(predict(table(numbers)), len(numbers), numpy)

        infer(numpy.zeros((1, description["width"])))
    except Exception as error:
        tell(channel, {"kind": "failed", "message": f"{type(error).__name__}: {error}"[:2000]})
        os._exit(1)
    tell(channel, {"kind": "ready"})
    serve(socket.socket(fileno=DATA_DESCRIPTOR), infer, numpy)


main()
