"""Asks a model as NVIDIA's own client does. Arguments: host:port, endpoint, columns of values by name (JSON)."""

import json
import sys

import numpy
import tritonclient.http

url, endpoint, columns = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
client = tritonclient.http.InferenceServerClient(url)


def ask(names, arrays, binary):
    inputs = []
    for name, array in zip(names, arrays):
        tensor = tritonclient.http.InferInput(name, array.shape, "FP64")
        tensor.set_data_from_numpy(array, binary_data=binary)
        inputs.append(tensor)
    outputs = [tritonclient.http.InferRequestedOutput("probability", binary_data=binary)]
    result = client.infer(endpoint, inputs, outputs=outputs, request_id="one-of-ours")
    assert result.get_response()["id"] == "one-of-ours"
    return result.as_numpy("probability").astype(float).tolist()


arrays = [numpy.array(values, dtype=float) for values in columns.values()]
matrix = numpy.stack(arrays, axis=1)
described = client.get_model_metadata(endpoint)
default = tritonclient.http.InferInput("input", matrix.shape, "FP64")
default.set_data_from_numpy(matrix)
print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_model_ready(endpoint),
            "inputs": [tensor["name"] for tensor in described["inputs"]],
            "extensions": client.get_server_metadata()["extensions"],
            "asBytes": ask(columns, arrays, True),
            "asJson": ask(columns, arrays, False),
            "asMatrix": ask(["input"], [matrix], True),
            "byDefault": client.infer(endpoint, [default]).as_numpy("probability").astype(float).tolist(),
        }
    )
)
