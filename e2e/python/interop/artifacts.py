"""A large file up and down. Argument 2: its size in MB."""

import hashlib
import os
import sys
import tempfile

from told import client, mlflow, refusal, tell, told

megabyte = os.urandom(1024**2)


def digest(path):
    hashed = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1024**2):
            hashed.update(piece)
    return hashed.hexdigest()


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "large 큰.bin")
    with open(path, "wb") as file:
        for number in range(int(sys.argv[2])):
            file.write(number.to_bytes(8, "big") + megabyte[8:])
    run = client.create_run("0")
    client.log_artifact(run.info.run_id, path, "data")
    told["listed"] = [[item.path, item.file_size] for item in client.list_artifacts(run.info.run_id, "data")]
    back = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="data/large 큰.bin", dst_path=os.path.join(folder, "back"))
    told["same"] = digest(path) == digest(back)
    told["escapes"] = [refusal(lambda path=path: client.list_artifacts(run.info.run_id, path)) for path in ("../../x", "%2e%2e/x", "/etc", "data/../../x")]
tell()
