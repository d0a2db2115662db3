"""Trains small models of typed tensors, with packages older than those of the suite, and prints what they predict here.

Argument: a folder for the models. Prints one JSON object: name -> {inputs: [tensor], outputs: [tensor]}, a tensor being
{name, datatype, shape, data} of the Open Inference Protocol.
"""

import json
import os
import sys
import warnings

import lightgbm
import mlflow.lightgbm
import mlflow.sklearn
import mlflow.xgboost
import numpy
import pandas
import sklearn
import xgboost
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
folder = sys.argv[1]
packages = [f"{module.__name__}=={module.__version__}" for module in (numpy, pandas, lightgbm)]
packages += [f"scikit-learn=={sklearn.__version__}", f"xgboost-cpu=={xgboost.__version__}", "cloudpickle"]
DATATYPES = {"float16": "FP16", "float32": "FP32", "float64": "FP64", "int32": "INT32", "int64": "INT64", "object": "BYTES"}
told = {}


def tensor(name, values):
    array = numpy.asarray(values)
    datatype = DATATYPES.get(array.dtype.name, "BYTES")
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": array.reshape(-1).tolist()}


def keep(name, flavor, model, taken, given, output):
    flavor.save_model(model, path=os.path.join(folder, name), signature=infer_signature(taken, given), pip_requirements=packages)
    is_table = isinstance(taken, pandas.DataFrame)
    inputs = [tensor(column, taken[column][:24]) for column in taken.columns] if is_table else [tensor("input", taken[:24])]
    told[name] = {"inputs": inputs, "outputs": [tensor(output, given[:24])]}


digits = load_digits()
pixels = digits.data.astype("float32")
network = MLPClassifier((16,), max_iter=60, random_state=7).fit(pixels, digits.target)
keep("digits", mlflow.sklearn, network, pixels, network.predict_proba(pixels), "output")

iris = load_iris(as_frame=True)
flowers = iris.data.rename(columns={"petal width (cm)": "꽃잎 너비"}).astype({"sepal length (cm)": "float32"})
species = xgboost.train({"objective": "multi:softprob", "num_class": 3, "seed": 7}, xgboost.DMatrix(flowers, iris.target), 20)
keep("species", mlflow.xgboost, species, flowers, species.predict(xgboost.DMatrix(flowers)), "output")

patients = load_diabetes(as_frame=True, scaled=False)
whole = patients.data.astype({"age": "int64", "sex": "int32"})
progress = lightgbm.train({"objective": "regression", "seed": 7, "verbose": -1}, lightgbm.Dataset(whole, patients.target), 30)
keep("leaves", mlflow.lightgbm, progress, whole, progress.predict(whole), "output")

notes = pandas.DataFrame(
    {"text": ["late again", "물레 is good", "good and fast", "late", "never late, good", "bad"] * 4, "stars": numpy.arange(24, dtype="int64") % 5}
)
moods = numpy.array(["나쁨", "good", "good", "나쁨", "good", "나쁨"] * 4, dtype=object)
words = ColumnTransformer([("words", CountVectorizer(), "text"), ("stars", "passthrough", ["stars"])])
mood = make_pipeline(words, DecisionTreeClassifier(random_state=7)).fit(notes, moods)
keep("mood", mlflow.sklearn, mood, notes, mood.predict(notes), "output")
print(json.dumps(told))
