"""Every clause of the search grammar, and what goes beyond it."""

import numpy as np

from told import client, mlflow, refusal, tell, told

experiment = mlflow.create_experiment("searched", tags={"team": "a"})
ids = {}
for name, loss, rate, note in [("alpha", 0.1, "0.01", "Night"), ("beta", 0.5, "0.1", "day"), ("gamma", float("nan"), "1", "night")]:
    with mlflow.start_run(experiment_id=experiment, run_name=name) as run:
        mlflow.log_metric("loss", loss)
        mlflow.log_metric("val/loss one", loss)
        mlflow.log_params({"rate": rate, "model type": name})
        mlflow.set_tag("note", note)
        mlflow.log_input(mlflow.data.from_numpy(np.array([loss]), name=f"set-{name}"), context=f"for-{name}")
    ids[name] = run.info.run_id
client.set_terminated(ids["beta"], "FAILED")


def names(filter_string="", order_by=("attributes.run_name ASC",), **more):
    runs = client.search_runs([experiment], filter_string, order_by=list(order_by), **more)
    return [item.info.run_name for item in runs]


told["clauses"] = {
    text: names(text)
    for text in [
        "metrics.loss < 0.5",
        "metrics.loss <= 0.5",
        "metrics.loss > 0.1",
        "metrics.loss >= 0.1",
        "metrics.loss = 0.1",
        "metrics.loss != 0.1",
        "metrics.`val/loss one` > 0.2",
        'metrics."val/loss one" > 0.2',
        "params.rate = '0.1'",
        "params.rate != '0.1'",
        "params.`model type` LIKE '%et%'",
        "params.rate ILIKE '0%'",
        "parameter.rate = '1'",
        "tags.note = 'night'",
        "tags.note != 'night'",
        "tags.note LIKE 'n%'",
        "tags.note ILIKE 'n%'",
        "tag.note = 'day'",
        "attributes.status = 'FAILED'",
        "status != 'FAILED'",
        "attributes.run_name = 'alpha'",
        "run_name ILIKE 'AL%'",
        "attributes.`run name` LIKE '%a'",
        "attributes.start_time > 0",
        "attributes.end_time >= 0 AND attributes.start_time < 9999999999999",
        "attributes.artifact_uri LIKE '%artifacts'",
        "datasets.name = 'set-beta'",
        "datasets.name LIKE 'set-%' AND dataset.context = 'for-gamma'",
        "datasets.name IN ('set-alpha', 'set-gamma')",
        "metrics.loss < 0.5 and params.rate = '0.01'",
        "metrics.loss < 1 and params.rate LIKE '0%' and tags.note = 'Night' and attributes.status = 'FINISHED'",
    ]
}
told["ids"] = [
    names(f"attributes.run_id IN ('{ids['alpha']}', '{ids['gamma']}')"),
    names(f"attributes.run_id NOT IN ('{ids['alpha']}')"),
    names(f"run_id = '{ids['beta']}'"),
]
told["orders"] = {
    text: names(order_by=[text])
    for text in ["metrics.loss ASC", "metrics.loss DESC", "params.rate DESC", "tags.note", "attributes.run_name DESC", "start_time ASC", "attributes.end_time DESC"]
}
pages, token = [], None
while True:
    page = client.search_runs([experiment], order_by=["metrics.loss DESC"], max_results=1, page_token=token)
    pages += [item.info.run_name for item in page]
    token = page.token
    if not token:
        break
told["pages"] = pages
told["refused"] = {
    text: refusal(lambda text=text: names(text))
    for text in [
        "nonsense.x = 1",
        "metrics.loss = 'text'",
        "metrics.loss LIKE '1'",
        "params.rate =",
        "attributes.status > 'FAILED'",
        "attributes.nothing = 'x'",
        "metrics.loss = 1 AND",
        "'; DROP TABLE runs; --",
        "tags.note = \"a\" OR 1=1",
        "params.rate = '1' UNION SELECT * FROM runs",
    ]
}
told["foreign token"] = refusal(lambda: client.search_runs([experiment], page_token="not-a-token"))
told["bad order"] = refusal(lambda: names(order_by=["metrics.loss SIDEWAYS"]))
told["too many"] = refusal(lambda: names(max_results=50_001))
told["beyond"] = []
for text in ["metrics.loss = 0.1 OR params.rate = '1'", "(metrics.loss > 1 OR tags.note = 'day') AND params.rate BETWEEN 0.05 AND 0.5", "start_time > 'yesterday'"]:
    if refusal(lambda: names(text)) is None:
        told["beyond"].append(names(text))
told["still there"] = len(names())

client.create_experiment("searched too", tags={"team": "b"})
told["experiments"] = [
    [item.name for item in mlflow.search_experiments(filter_string=text, order_by=["name DESC"])]
    for text in ["name LIKE 'searched%'", "tags.team = 'b'", "name ILIKE 'SEARCHED TOO'", "creation_time > 0 AND tags.team = 'a'"]
]
tell()
