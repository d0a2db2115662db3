"""`mlflow models serve` of a version of the registry, as a process of its own."""

import json
import os
import socket
import subprocess
import sys
import time

import requests

from told import tell, told, url

row = json.loads(sys.argv[2])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/chatbot-model@champion", "--env-manager", "local", "-h", "127.0.0.1", "-p", str(port)]
# Its programs are found as in an activated environment.
environment = {**os.environ, "MLFLOW_TRACKING_URI": url, "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}
served = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
try:
    while served.poll() is None:
        try:
            if requests.get(f"http://127.0.0.1:{port}/ping", timeout=5).status_code == 200:
                break
        except requests.ConnectionError:
            time.sleep(0.2)
    body = {"dataframe_split": {"columns": list(row), "data": [list(row.values())]}}
    told["answer"] = requests.post(f"http://127.0.0.1:{port}/invocations", json=body, timeout=60).json()
finally:
    if served.poll() is None:
        os.killpg(served.pid, 15)
    served.wait(30)
tell()
