"""Asks endpoints of typed tensors as NVIDIA's own client does. Arguments: http or grpc, host:port; standard input: a list
of {endpoint, inputs: [{name, datatype, shape, data}], outputs: [name], parameters} (JSON). Prints the outputs of each case:
over HTTP once as bytes and once as JSON, over gRPC as raw contents.
"""

import importlib
import json
import sys

import numpy
from tritonclient.utils import triton_to_np_dtype

protocol, url = sys.argv[1:3]
triton = importlib.import_module(f"tritonclient.{protocol}")
client = triton.InferenceServerClient(url)


def array_of(tensor):
    if tensor["datatype"] == "BYTES":
        values = [text.encode() for text in tensor["data"]]
        return numpy.array(values, dtype=object).reshape(tensor["shape"])
    return numpy.array(tensor["data"], dtype=triton_to_np_dtype(tensor["datatype"])).reshape(tensor["shape"])


def plain(array):
    return [value.decode() if isinstance(value, bytes) else value for value in array.reshape(-1).tolist()]


def ask(case, **binary):
    inputs = []
    for tensor in case["inputs"]:
        one = triton.InferInput(tensor["name"], tensor["shape"], tensor["datatype"])
        one.set_data_from_numpy(array_of(tensor), **binary)
        inputs.append(one)
    outputs = [triton.InferRequestedOutput(name, **binary) for name in case["outputs"]]
    result = client.infer(case["endpoint"], inputs, outputs=outputs, parameters=case["parameters"])
    arrays = {name: result.as_numpy(name) for name in case["outputs"]}
    return {name: {"shape": list(array.shape), "data": plain(array)} for name, array in arrays.items()}


ways = [{"binary_data": True}, {"binary_data": False}] if protocol == "http" else [{}]
print(json.dumps([[ask(case, **way) for way in ways] for case in json.load(sys.stdin)]))
