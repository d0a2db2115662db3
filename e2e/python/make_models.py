"""Trains small models as a data scientist would, saves them with MLflow, and prints what they predict here.

Argument: a folder for the models. Prints one JSON object: name -> {rows: [{column: value}], scores: [number]}.
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
keep("tumours", lambda *a, **k: mlflow.sklearn.save_model(*a, **k), classifier, tumours, classifier.predict_proba(tumours)[:, 1], sklearn_packages)

patients = load_diabetes(as_frame=True, scaled=False)
regressor = HistGradientBoostingRegressor(max_iter=60, random_state=7).fit(patients.data, patients.target)
keep("progress", lambda *a, **k: mlflow.sklearn.save_model(*a, **k), regressor, patients.data, regressor.predict(patients.data), sklearn_packages)

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

keep(
    "absent",
    lambda *a, **k: mlflow.sklearn.save_model(*a, **k),
    classifier,
    tumours,
    classifier.predict_proba(tumours)[:, 1],
    ["scikit-learn==0.0.0.1"],
)
print(json.dumps(told))
