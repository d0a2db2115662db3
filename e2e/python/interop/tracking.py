"""Runs as a data scientist makes them: logged by hand and by themselves, nested, resumed, side by side, stopped."""

import time
from concurrent.futures import ThreadPoolExecutor

import matplotlib
import numpy as np
import pandas as pd
import requests
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV

from told import client, mlflow, refusal, tell, told, url

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from mlflow.entities import Metric, Param, RunTag

mlflow.create_experiment("실험/one", tags={"team": "물레"})
mlflow.set_experiment("실험/one")
with mlflow.start_run(run_name="첫 번째", description="메모") as run:
    mlflow.log_params({"rate": 0.1, "long": "x" * 7000})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")})
    mlflow.set_tags({"note": "값", "gone": "x"})
    mlflow.delete_tag("gone")
    mlflow.log_text("hello 물레", "dir/note.txt")
    mlflow.log_dict({"a": [1, 2]}, "d.json")
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    mlflow.log_figure(figure, "plots/curve.png")
    mlflow.log_image(np.zeros((8, 8, 3), dtype=np.uint8), key="frame", step=1)
    mlflow.log_table({"q": ["왜?", "how?"], "score": [1, 2]}, "table.json")
    mlflow.log_table({"q": ["when?"], "score": [3]}, "table.json")
    mlflow.log_input(mlflow.data.from_numpy(np.arange(6).reshape(3, 2), name="numbers"), context="validation")
    with mlflow.start_run(nested=True, run_name="child") as child:
        mlflow.log_metric("loss", 9)
    told["changed parameter"] = refusal(lambda: mlflow.log_param("rate", 0.2))
    told["same parameter"] = refusal(lambda: mlflow.log_param("rate", 0.1))
id = run.info.run_id
found = mlflow.get_run(id)
told["run"] = [found.info.run_name, found.info.status, found.data.metrics["loss"], len(found.data.params["long"]), found.data.tags.get("gone")]
told["special"] = [str(found.data.metrics[key]) for key in ("nan", "inf", "-inf")]
told["history"] = [[point.step, point.value] for point in client.get_metric_history(id, "loss")]
told["child of"] = mlflow.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == id
told["artifacts"] = sorted(item.path for folder in (None, "dir", "plots") for item in client.list_artifacts(id, folder) if not item.is_dir)
told["text"] = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/dir/note.txt")
told["dict"] = mlflow.artifacts.load_dict(f"runs:/{id}/d.json")
told["table"] = mlflow.load_table("table.json", run_ids=[id])["q"].tolist()
told["dataset"] = [[item.dataset.name, item.tags[0].value] for item in found.inputs.dataset_inputs]

# 10,000 points, as many as a request takes at once, and one that is too large.
with mlflow.start_run(run_name="dense") as dense:
    for start in range(0, 10_000, 1_000):
        client.log_batch(dense.info.run_id, metrics=[Metric("dense", i / 7, i, i) for i in range(start, start + 1_000)])
    too_many = [Metric("more", 1.0, i, i) for i in range(1_001)]
    told["too many"] = refusal(lambda: client.log_batch(dense.info.run_id, metrics=too_many))
    twice = [Param("p", "1"), Param("p", "2")]
    told["twice"] = refusal(lambda: client.log_batch(dense.info.run_id, params=twice, tags=[RunTag("never", "1")]))
points = client.get_metric_history(dense.info.run_id, "dense")
told["dense"] = [len(points), points[-1].value == 9_999 / 7, mlflow.get_run(dense.info.run_id).data.tags.get("never")]

# Resumed; several at once; stopped from outside.
with mlflow.start_run(run_id=child.info.run_id):
    mlflow.log_metric("again", 1)
told["resumed"] = [mlflow.get_run(child.info.run_id).info.status, mlflow.get_run(child.info.run_id).data.metrics["again"]]


def one_of_many(index):
    own = client.create_run("0", tags={"mlflow.runName": f"many-{index}"})
    for step in range(25):
        client.log_metric(own.info.run_id, "m", index * step, step=step)
    client.set_terminated(own.info.run_id)
    return len(client.get_metric_history(own.info.run_id, "m"))


with ThreadPoolExecutor(8) as pool:
    told["side by side"] = sum(pool.map(one_of_many, range(16)))
stopped = client.create_run("0")
client.log_metric(stopped.info.run_id, "m", 1)
requests.post(f"{url}/api/runs/{stopped.info.run_id}/stop", json={"reason": "diverges"}, timeout=30).raise_for_status()
told["stopped"] = [refusal(lambda: client.log_metric(stopped.info.run_id, "m", 2)), client.get_run(stopped.info.run_id).info.status]

# By themselves: scikit-learn's parameters, metrics and model, and a search with a run for each trial.
mlflow.set_experiment("autologged")
mlflow.sklearn.autolog(max_tuning_runs=3, log_datasets=True)
inputs = pd.DataFrame(np.random.default_rng(7).normal(size=(60, 3)), columns=["a", "b", "c"])
target = (inputs["a"] + inputs["b"] > 0).astype(int)
with mlflow.start_run() as search:
    GridSearchCV(RandomForestClassifier(n_estimators=3, random_state=1), {"max_depth": [1, 2, 3]}, cv=2).fit(inputs, target)
mlflow.sklearn.autolog(disable=True)
auto = mlflow.get_run(search.info.run_id)
children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{search.info.run_id}'", output_format="list")
told["autologged"] = {
    "best": auto.data.params["best_max_depth"] in ("1", "2", "3"),
    "score": auto.data.metrics["training_score"] > 0.5,
    "children": len(children),
    "files": sorted(item.path for item in client.list_artifacts(search.info.run_id)),
    "models": len(auto.outputs.model_outputs),
    "dataset": bool(auto.inputs.dataset_inputs),
}

# The machine, while a run goes on.
mlflow.set_system_metrics_sampling_interval(0.2)
mlflow.set_system_metrics_samples_before_logging(1)
with mlflow.start_run(log_system_metrics=True) as watched:
    for _ in range(300):
        time.sleep(0.1)
        if "system/cpu_utilization_percentage" in client.get_run(watched.info.run_id).data.metrics:
            break
told["system"] = sorted(key for key in mlflow.get_run(watched.info.run_id).data.metrics if key in ("system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"))

# Deleted and brought back.
client.delete_run(child.info.run_id)
told["write to deleted"] = refusal(lambda: client.log_metric(child.info.run_id, "m", 1))
client.restore_run(child.info.run_id)
told["restored"] = client.get_run(child.info.run_id).info.lifecycle_stage
tell()
