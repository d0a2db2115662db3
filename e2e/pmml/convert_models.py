"""Trains models and writes them as PMML by JPMML's converters, with rows in TSV. Argument: the folder."""

import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.impute import SimpleImputer
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.decoration import CategoricalDomain, ContinuousDomain
from sklearn2pmml.pipeline import PMMLPipeline
from xgboost import XGBClassifier

warnings.filterwarnings("ignore")
folder = sys.argv[1]


def people():
    random = np.random.default_rng(7)
    count = 200
    table = pd.DataFrame({
        "age": random.uniform(18, 90, count).round(1),
        "income": random.lognormal(10, 1, count).round(2),
        "city": random.choice(["Seoul", "Busan", "Daegu"], count),
    })
    buys = ((table.age > 40) ^ (table.city == "Seoul")).map({True: "buys", False: "leaves"}).astype(object)
    table.loc[random.random(count) < 0.15, "age"] = np.nan
    table.loc[random.random(count) < 0.1, "city"] = None
    return table, buys.rename("decision")


def treated():
    bounds = {"low_value": 20, "high_value": 60000}
    number = ContinuousDomain(
        missing_value_treatment="as_mean",
        missing_value_replacement=40,
        outlier_treatment="as_extreme_values",
        **bounds,
    )
    word = CategoricalDomain(invalid_value_treatment="as_missing")
    return ColumnTransformer([
        ("number", Pipeline([("domain", number), ("impute", SimpleImputer())]), ["age", "income"]),
        (
            "word",
            Pipeline([
                ("domain", word),
                ("impute", SimpleImputer(strategy="most_frequent")),
                ("encode", OneHotEncoder(handle_unknown="ignore")),
            ]),
            ["city"],
        ),
    ])


def main():
    iris = load_iris(as_frame=True)
    species = pd.Series(np.array(["setosa", "versicolor", "virginica"], dtype=object)[iris.target], name="species")
    cancer = load_breast_cancer(as_frame=True)
    tumours, benign = cancer.data.iloc[:, :8], cancer.target.rename("benign")
    diabetes = load_diabetes(as_frame=True)
    patients, progress = diabetes.data.iloc[:, :6], diabetes.target.rename("progress")
    table, buys = people()
    models = {
        "forest": (RandomForestClassifier(7, random_state=1), iris.data, species),
        "boosting": (GradientBoostingRegressor(n_estimators=12, random_state=1), patients, progress),
        "histograms": (HistGradientBoostingClassifier(max_iter=10, random_state=1), tumours, benign),
        "logistic": (Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]), iris.data, species),
        "poisson": (PoissonRegressor(), patients, progress),
        "bayes": (GaussianNB(), iris.data, species),
        "clusters": (KMeans(3, random_state=1), iris.data, None),
        "single": (XGBClassifier(n_estimators=12, max_depth=4), tumours, benign),
        "treated": (Pipeline([("treat", treated()), ("model", LogisticRegression(max_iter=2000))]), table, buys),
    }
    for name, (model, rows, target) in models.items():
        steps = model.steps if isinstance(model, Pipeline) else [("model", model)]
        pipeline = PMMLPipeline(steps)
        pipeline.fit(rows, target)
        sklearn2pmml(pipeline, f"{folder}/{name}.pmml")
        rows.to_csv(f"{folder}/{name}.tsv", sep="\t", index=False)


main()
