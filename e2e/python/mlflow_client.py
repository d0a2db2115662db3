"""What a data scientist does with MLflow, unmodified, against a server. Argument: its address.

Prints one JSON object with what came back. The client itself checks the shapes of the answers.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from requests import HTTPError
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()
told = {}


def refusal(call):
    try:
        call()
    except MlflowException as error:
        return error.error_code
    except HTTPError as error:
        return error.response.status_code
    return None


# Experiments, runs, metrics, tags, artifacts.
mlflow.create_experiment("실험/one", tags={"team": "물레"})
mlflow.set_experiment("실험/one")
with mlflow.start_run(run_name="첫 번째") as run:
    mlflow.log_params({"rate": 0.1, "long": "x" * 7000})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"nan": float("nan"), "inf": float("inf")})
    client.log_batch(run.info.run_id, metrics=[mlflow.entities.Metric("dense", i / 7, i, i) for i in range(1000)])
    mlflow.set_tag("note", "값")
    mlflow.log_text("hello 물레", "dir/note.txt")
    mlflow.log_dict({"a": [1, 2]}, "d.json")
    with mlflow.start_run(nested=True) as child:
        mlflow.log_metric("loss", 9)
    told["changed parameter"] = refusal(lambda: mlflow.log_param("rate", 0.2))
found = mlflow.get_run(run.info.run_id)
told["run"] = [found.info.run_name, found.info.status, found.data.metrics["loss"], str(found.data.metrics["nan"]), found.data.metrics["inf"], len(found.data.params["long"])]
told["history"] = [[point.step, point.value] for point in client.get_metric_history(run.info.run_id, "loss")]
told["dense"] = len(client.get_metric_history(run.info.run_id, "dense"))
told["artifacts"] = [item.path for item in client.list_artifacts(run.info.run_id)] + [item.path for item in client.list_artifacts(run.info.run_id, "dir")]
told["text"] = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/dir/note.txt")
told["escape"] = refusal(lambda: client.list_artifacts(run.info.run_id, "../../x"))

# Searches.
def names(filter_string, order_by=None):
    runs = mlflow.search_runs(filter_string=filter_string, order_by=order_by, output_format="list")
    return [item.info.run_name if item.info.run_name == "첫 번째" else "child" for item in runs]


told["searches"] = [
    names("metrics.loss < 0.5 and params.rate = '0.1' and tags.note LIKE '값%' and attributes.status = 'FINISHED'"),
    names("", ["metrics.loss DESC"]),
    names("", ["metrics.loss ASC"]),
    names("attributes.run_name ILIKE '첫%'"),
    names(f"attributes.run_id IN ('{child.info.run_id}')"),
    names("metrics.loss != 9"),
]
told["bad filter"] = refusal(lambda: mlflow.search_runs(filter_string="nonsense.x = 1"))
client.delete_run(child.info.run_id)
told["deleted"] = names("")
client.restore_run(child.info.run_id)
with mlflow.start_run(run_id=child.info.run_id):
    mlflow.log_metric("again", 1)
told["restored"] = sorted(names(""))

# A model: logged, registered, staged, loaded by each of its addresses.
iris = load_iris(as_frame=True)
table, setosa = iris.data, (iris.target == 0).astype(int)
model = LogisticRegression().fit(table, setosa)
with mlflow.start_run() as training:
    mlflow.log_input(mlflow.data.from_pandas(table, name="iris"), context="training")
    logged = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(table, model.predict_proba(table)[:, 1]),
        registered_model_name="chatbot-model",
        pip_requirements=[f"scikit-learn=={__import__('sklearn').__version__}", "pandas==2.3.3", "numpy==2.3.5", "cloudpickle"],
    )
told["dataset"] = mlflow.get_run(training.info.run_id).inputs.dataset_inputs[0].dataset.name
client.set_registered_model_alias("chatbot-model", "champion", 1)
client.transition_model_version_stage("chatbot-model", 1, "Staging")
client.transition_model_version_stage("chatbot-model", 1, "Production")
version = client.get_model_version("chatbot-model", 1)
told["version"] = [version.run_id == training.info.run_id, version.current_stage, sorted(version.aliases)]
addresses = [logged.model_uri, f"runs:/{training.info.run_id}/model", "models:/chatbot-model/1", "models:/chatbot-model@champion", "models:/chatbot-model/Production"]
told["loads"] = [bool((mlflow.pyfunc.load_model(uri).predict(table) == model.predict(table)).all()) for uri in addresses]

# Prompts and traces.
mlflow.genai.register_prompt("greeting", "Hello {{name}}, 안녕하세요")
told["prompt"] = mlflow.genai.load_prompt("prompts:/greeting/1").format(name="Jun")


@mlflow.trace(name="answer")
def answer(question):
    with mlflow.start_span("look up", span_type="RETRIEVER") as span:
        span.set_inputs({"q": question})
    return "42"


answer("why?")
mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
told["spans"] = sorted(span.name for span in trace.data.spans)
told["row"] = {name: float(value) for name, value in table.iloc[60].items()}
told["score"] = float(model.predict_proba(table.iloc[[60]])[0, 1])
print(json.dumps(told))
