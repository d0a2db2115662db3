"""Loads and unloads a model as NVIDIA's own clients do. Arguments: http or grpc, host:port, endpoint. Prints what the
client says of it (JSON).
"""

import importlib
import json
import sys

protocol, url, endpoint = sys.argv[1:4]
triton = importlib.import_module(f"tritonclient.{protocol}")
client = triton.InferenceServerClient(url)
as_json = {"as_json": True} if protocol == "grpc" else {}


def state():
    index = client.get_model_repository_index(**as_json)
    models = index.get("models", []) if protocol == "grpc" else index
    return next(model["state"] for model in models if model["name"] == endpoint)


said = [client.is_server_live(), client.is_server_ready(), state(), client.is_model_ready(endpoint)]
client.unload_model(endpoint)
said += [state(), client.is_model_ready(endpoint)]
client.load_model(endpoint)
said += [state(), client.is_model_ready(endpoint)]
described = client.get_model_metadata(endpoint, **as_json)
print(json.dumps({"said": said, "name": described["name"], "extensions": client.get_server_metadata(**as_json)["extensions"]}))
