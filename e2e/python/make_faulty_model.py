"""Writes a model that misbehaves as its first column says, in MLflow's layout. Arguments: a folder for it, versions of numpy
and cloudpickle. The second column is answered by a half of it.
"""

import os
import sys

import cloudpickle


class Faulty:
    """0 well, 1 dies, 2 hangs, 3 leaks, 4 not a number, 5 too many rows, 6 slow by a hundred times, 7 raises."""

    def __init__(self):
        self.kept = []

    def predict(self, rows):
        import os
        import signal
        import time

        import numpy

        time.sleep(0.005)
        fault, values = int(rows[:, 0].max()), rows[:, 1] / 2
        if fault == 1:
            os.kill(os.getpid(), signal.SIGSEGV)
        if fault == 2:
            time.sleep(3600)
        if fault == 3:
            self.kept.append(numpy.ones(64 * 2**20 // 8))
        if fault == 4:
            return values * numpy.nan
        if fault == 5:
            return numpy.zeros(len(rows) + 1)
        if fault == 6:
            time.sleep(0.5)
        if fault == 7:
            raise ValueError("a poisoned input")
        return values


folder, numpy_version, cloudpickle_version = sys.argv[1:4]
os.makedirs(folder)
with open(os.path.join(folder, "model.pkl"), "wb") as file:
    cloudpickle.dump(Faulty(), file)
with open(os.path.join(folder, "requirements.txt"), "w") as file:
    file.write(f"numpy=={numpy_version}\ncloudpickle=={cloudpickle_version}\n")
with open(os.path.join(folder, "MLmodel"), "w") as file:
    file.write(
        f"""flavors:
  python_function: {{loader_module: mlflow.sklearn, python_version: {sys.version.split()[0]}}}
  sklearn: {{pickled_model: model.pkl, serialization_format: cloudpickle}}
signature:
  inputs: '[{{"type": "double", "name": "fault"}}, {{"type": "double", "name": "value"}}]'
  outputs: '[{{"type": "tensor", "tensor-spec": {{"dtype": "float64", "shape": [-1]}}}}]'
"""
    )
