"""Trains small models as a data scientist would, saves them with MLflow, and prints what they predict here.

Argument: a folder for the models. Prints one JSON object: rows: name -> {rows: [{column: value}], scores: [number]}, and
tensors: name -> {inputs, outputs, parameters}, a tensor being one of the Open Inference Protocol.
"""

import json
import os
import sys
import warnings

import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy
import pandas
import sklearn
import xgboost
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
folder = sys.argv[1]
sklearn_packages = [f"scikit-learn=={sklearn.__version__}", f"numpy=={numpy.__version__}", f"pandas=={pandas.__version__}", "cloudpickle"]
told = {}


def keep(name, save, model, table, scores, packages):
    save(model, path=os.path.join(folder, name), signature=infer_signature(table, scores), pip_requirements=packages)
    told[name] = {"rows": table.head(40).to_dict("records"), "scores": [float(score) for score in scores[:40]]}


cancer = load_breast_cancer(as_frame=True)
tumours, benign = cancer.data.iloc[:, :6], cancer.target
classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(tumours, benign)
keep("tumours", lambda *a, **k: mlflow.sklearn.save_model(*a, serialization_format="cloudpickle", **k), classifier, tumours, classifier.predict_proba(tumours)[:, 1], sklearn_packages)

patients = load_diabetes(as_frame=True, scaled=False)
regressor = HistGradientBoostingRegressor(max_iter=60, random_state=7).fit(patients.data, patients.target)
keep("progress", lambda *a, **k: mlflow.sklearn.save_model(*a, serialization_format="cloudpickle", **k), regressor, patients.data, regressor.predict(patients.data), sklearn_packages)

boosted = xgboost.XGBClassifier(n_estimators=40, max_depth=4, random_state=7).fit(tumours, benign)
keep(
    "boosted",
    lambda *a, **k: mlflow.xgboost.save_model(*a, **k),
    boosted,
    tumours,
    boosted.predict_proba(tumours)[:, 1],
    [f"xgboost-cpu=={xgboost.__version__}", f"numpy=={numpy.__version__}", f"pandas=={pandas.__version__}", f"scikit-learn=={sklearn.__version__}"],
)


class Ratio(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input["걸린 시간"] / model_input["거리"]


trips = pandas.DataFrame({"걸린 시간": [30.0, 42.5, 7.0], "거리": [10, 12, 3]})
keep(
    "pace",
    lambda model, **k: mlflow.pyfunc.save_model(python_model=model, **k),
    Ratio(),
    trips,
    Ratio().predict(None, trips),
    [f"mlflow-skinny=={mlflow.__version__}", f"numpy=={numpy.__version__}", f"pandas=={pandas.__version__}", "cloudpickle"],
)

class Turn(mlflow.pyfunc.PythonModel):
    """Named tensors of several kinds and ranks, with a parameter beside them."""

    def predict(self, context, model_input, params=None):
        times = (params or {}).get("times", 1)
        return {
            "turned": numpy.transpose(model_input["grid"], (0, 2, 1)) * numpy.float16(times),
            "said": numpy.array([text.upper() for text in model_input["words"].reshape(-1)], dtype=object).reshape(-1, 1),
            "more": model_input["ids"] + 1,
        }


grids = {
    "grid": numpy.arange(12, dtype="float16").reshape(2, 3, 2),
    "words": numpy.array([["물레 a"], [""]], dtype=object),
    "ids": numpy.array([7, -(2**40)], dtype="int64"),
}
mlflow.pyfunc.save_model(
    path=os.path.join(folder, "turn"),
    python_model=Turn(),
    signature=infer_signature(grids, Turn().predict(None, grids), params={"times": 1}),
    pip_requirements=[f"mlflow-skinny=={mlflow.__version__}", f"numpy=={numpy.__version__}", f"pandas=={pandas.__version__}", "cloudpickle"],
)

keep(
    "absent",
    lambda *a, **k: mlflow.sklearn.save_model(*a, serialization_format="cloudpickle", **k),
    classifier,
    tumours,
    classifier.predict_proba(tumours)[:, 1],
    ["scikit-learn==0.0.0.1"],
)
DATATYPES = {"float16": "FP16", "int64": "INT64", "object": "BYTES"}


def tensors(arrays):
    described = ((name, array, DATATYPES[array.dtype.name]) for name, array in arrays.items())
    return [{"name": name, "datatype": datatype, "shape": list(array.shape), "data": array.reshape(-1).tolist()} for name, array, datatype in described]


parameters = {"times": 3}
turned = {"turn": {"inputs": tensors(grids), "outputs": tensors(Turn().predict(None, grids, parameters)), "parameters": parameters}}
print(json.dumps({"rows": told, "tensors": turned}))
