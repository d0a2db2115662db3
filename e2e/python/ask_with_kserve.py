"""Asks endpoints of typed tensors with KServe's own clients, REST and gRPC. Arguments: address of the traffic port;
standard input: a list of {endpoint, inputs: [{name, datatype, shape, data}], outputs: [name], isBinary} (JSON). Prints for
each case its outputs by REST and by gRPC, as bytes or typed, and what the clients say of the server's and the model's health.
"""

import asyncio
import json
import sys
from urllib.parse import urlparse

import numpy
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from kserve.utils.numpy_codec import to_np_dtype

address = sys.argv[1]
cases = json.load(sys.stdin)


def request(case, binary, model):
    inputs = []
    for tensor in case["inputs"]:
        one = InferInput(tensor["name"], tensor["shape"], tensor["datatype"])
        if tensor["datatype"] == "BYTES":
            values = numpy.array([text.encode() for text in tensor["data"]], dtype=object)
        else:
            values = numpy.array(tensor["data"], dtype=to_np_dtype(tensor["datatype"]))
        one.set_data_from_numpy(values.reshape(tensor["shape"]), binary_data=binary)
        inputs.append(one)
    return InferRequest(model_name=model, infer_inputs=inputs, parameters={"binary_data_output": binary})


def plain(values):
    return [value.decode() if isinstance(value, bytes) else value for value in numpy.asarray(values).reshape(-1).tolist()]


def told(response, case):
    by_name = {output.name: output for output in response.outputs}
    return {name: {"shape": list(by_name[name].shape), "data": plain(by_name[name].as_numpy())} for name in case["outputs"]}


async def main():
    rest = InferenceRESTClient(RESTConfig(protocol="v2"))
    grpc = InferenceGRPCClient(urlparse(address).netloc)
    answers = []
    for case in cases:
        name, binary = case["endpoint"], case["isBinary"]
        by_rest = await rest.infer(address, request(case, binary, name), model_name=name)
        by_grpc = await grpc.infer(request(case, binary, name))
        answers.append([told(by_rest, case), told(by_grpc, case)])
    first = cases[0]["endpoint"]
    health = [await rest.is_server_live(address), await rest.is_server_ready(address), await rest.is_model_ready(address, first)]
    health += [await grpc.is_server_live(), await grpc.is_server_ready(), await grpc.is_model_ready(first)]
    print(json.dumps({"answers": answers, "health": health}))


asyncio.run(main())
