"""Fills an MLflow store with one of everything. Argument: its tracking URI.

With `--offline` as a second argument: only a run of the experiment `실험/one`, as a laptop without a network records it.
"""

import sys
import time
import warnings

warnings.filterwarnings("ignore")

import mlflow
import pandas
from mlflow.entities import Metric, SpanType
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()

if "--offline" in sys.argv:
    mlflow.set_experiment("실험/one")
    with mlflow.start_run(run_name="on the train"):
        mlflow.log_param("where", "KTX")
        mlflow.log_metric("loss", 0.25, step=1)
        mlflow.log_text("recorded without a network", "note.txt")
    sys.exit()

first = client.create_experiment("실험/one", tags={"team": "물레", "mlflow.note.content": "what it is for"})
second = client.create_experiment("second")
gone = client.create_experiment("gone")

# Runs: everything that is logged, nested, failed, deleted, of another experiment, of a deleted one.
mlflow.set_experiment(experiment_id=first)
with mlflow.start_run(run_name="첫 번째", description="first of all") as run:
    mlflow.log_params({"rate": 0.1, "long": "x" * 5000, "a/b c": "물레"})
    client.log_batch(run.info.run_id, metrics=[Metric("dense", i / 7, 1_700_000_000_000 + i, i) for i in range(1000)])
    client.log_batch(run.info.run_id, metrics=[Metric("dense", i / 7, 1_700_000_001_000 + i, 1000 + i) for i in range(1000)])
    for key, values in {"loss": [3.5, 1e-9, 2], "odd": [float("nan"), 1], "inf": [float("inf"), -float("inf")], "dir/auc": [0.5]}.items():
        for step, value in enumerate(values):
            mlflow.log_metric(key, value, step=step)
    mlflow.set_tag("note", "값\n둘")
    mlflow.log_text("hello 물레", "dir/note.txt")
    mlflow.log_dict({"a": [1, 2]}, "d.json")
    with open("weights 1%.bin", "wb") as file:
        file.write(bytes(range(256)) * 20_000)
    mlflow.log_artifact("weights 1%.bin", "dir/deep")
    table = pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0, 0, 1, 1]})
    mlflow.log_input(mlflow.data.from_pandas(table, name="table", source="https://example.org/t.csv"), context="training", tags={"split": "train"})
    with mlflow.start_run(run_name="child", nested=True):
        mlflow.log_metric("loss", 9)
with mlflow.start_run(run_name="deleted") as deleted:
    mlflow.log_metric("loss", 1)
client.delete_run(deleted.info.run_id)
try:
    with mlflow.start_run(run_name="failed"):
        raise ValueError
except ValueError:
    pass
client.create_run(second, run_name="running still")
client.create_run(gone, run_name="of a deleted experiment")
client.delete_experiment(gone)

# A model, logged, measured, registered three times (the second is deleted), staged, tagged, named by aliases.
model = LogisticRegression().fit(table[["x"]], table["y"])
for number in range(3):
    with mlflow.start_run(run_name=f"training {number}", experiment_id=first):
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            params={"C": "1.0"},
            signature=infer_signature(table[["x"]], model.predict(table[["x"]])),
            registered_model_name="chatbot-model",
            pip_requirements=["scikit-learn", "pandas"],
        )
        mlflow.log_metric("accuracy", 0.5 + number / 10, model_id=logged.model_id)
client.delete_model_version("chatbot-model", "2")
client.update_registered_model("chatbot-model", description="카드")
client.set_registered_model_tag("chatbot-model", "owner", "jun")
client.set_model_version_tag("chatbot-model", "3", "checked", "yes")
client.update_model_version("chatbot-model", "1", description="the first one")
client.transition_model_version_stage("chatbot-model", "1", "Production")
client.set_registered_model_alias("chatbot-model", "champion", "3")
client.create_registered_model("empty", description="no version yet")
client.create_model_version("empty", f"{run.info.artifact_uri}/dir", run_id=run.info.run_id)

mlflow.genai.register_prompt("greeting", "Hello {{name}}, 안녕하세요", tags={"tone": "kind"})
mlflow.genai.set_prompt_alias("greeting", "live", 1)


# Traces with what people and judges say of them.
@mlflow.trace(name="answer", span_type=SpanType.CHAIN, attributes={"k": [1, 2.5, "z", {"deep": True}]})
def answer(question):
    with mlflow.start_span("look up", span_type="RETRIEVER") as span:
        span.set_inputs({"q": question, "n": 3})
        span.add_event(mlflow.entities.SpanEvent("found", attributes={"rows": 2}))
    mlflow.update_current_trace(tags={"lang": "ko"}, metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "jun"})
    if question == "boom":
        raise ValueError("no answer")
    return {"answer": "42"}


ids = []
for question in ["why?", "물레?", "boom"]:
    try:
        answer(question)
    except ValueError:
        pass
    ids.append(mlflow.get_last_active_trace_id())
mlflow.flush_trace_async_logging()
for attempt in range(50):
    if len(mlflow.search_traces(locations=[first], return_type="list")) == 3:
        break
    time.sleep(0.1)
mlflow.log_feedback(trace_id=ids[0], name="good", value=True, rationale="because")
mlflow.log_feedback(trace_id=ids[0], name="score", value=0.25, source=mlflow.entities.AssessmentSource("LLM_JUDGE", "j"))
mlflow.log_expectation(trace_id=ids[1], name="expected", value={"answer": "42"})
