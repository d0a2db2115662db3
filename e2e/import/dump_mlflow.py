"""Prints all that MLflow's own client reads from a store, as one JSON object. Argument: its tracking URI.

What a store decides for itself is left out: ids of experiments, places of artifacts, times of its own.
"""

import hashlib
import json
import os
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import mlflow
import pandas
from mlflow.entities import ViewType

mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()
names = {}


def pages(read):
    token = None
    while True:
        page = read(token)
        yield from page
        token = page.token
        if not token:
            return


def told(tags):
    """Without what the importer notes, and what says where a store keeps things."""
    ours = ("mulle.", "mlflow.artifactLocation", "mlflow.trace.spansLocation", "mlflow.trace.sizeBytes", "mlflow.trace.sizeStats", "mlflow.experimentKind")
    return {key: str(value) for key, value in sorted(tags.items()) if not key.startswith(ours)}


def files(uri):
    with tempfile.TemporaryDirectory() as folder:
        try:
            root = mlflow.artifacts.download_artifacts(uri, dst_path=folder)
        except Exception:
            return {}
        return {
            os.path.relpath(os.path.join(at, name), root): hashlib.sha256(open(os.path.join(at, name), "rb").read()).hexdigest()
            for at, _, found in os.walk(root)
            for name in found
            # A client that loads a model of the registry leaves this behind, in a folder of its own at least.
            if name != "registered_model_meta"
        }


def point(metric):
    return [metric.timestamp, metric.step, str(float(metric.value)).replace("-inf", "-1.7976931348623157e+308").replace("inf", "1.7976931348623157e+308")]


def run_of(run):
    info, data = run.info, run.data
    return {
        "experiment": names[info.experiment_id],
        "name": info.run_name,
        "status": info.status,
        "stage": info.lifecycle_stage,
        "user": info.user_id,
        "start": info.start_time,
        "end": info.end_time,
        "params": dict(sorted(data.params.items())),
        "tags": told({key: value for key, value in data.tags.items() if key != "mlflow.log-model.history"}),
        "metrics": {key: sorted(point(metric) for metric in client.get_metric_history(info.run_id, key)) for key in sorted(data.metrics)},
        "datasets": sorted(
            [item.dataset.name, item.dataset.digest, item.dataset.source_type, item.dataset.source, item.dataset.schema, item.dataset.profile, sorted((tag.key, tag.value) for tag in item.tags)]
            for item in run.inputs.dataset_inputs
        ),
        "outputs": sorted([item.model_id, item.step] for item in (run.outputs.model_outputs if run.outputs else [])),
        "files": files(info.artifact_uri),
    }


def model_of(model):
    return {
        "experiment": names[model.experiment_id],
        "name": model.name,
        "status": str(model.status),
        "type": model.model_type or "",
        "run": model.source_run_id,
        "params": dict(sorted(model.params.items())),
        "tags": told(model.tags),
        "created": model.creation_timestamp,
        "metrics": sorted([item.key, float(item.value), item.step, item.run_id] for item in model.metrics or []),
        "files": files(model.artifact_location),
    }


def span_of(span):
    return [
        span.name,
        span.span_id,
        span.parent_id,
        span.start_time_ns,
        span.end_time_ns,
        str(span.status.status_code),
        span.span_type,
        span.inputs,
        span.outputs,
        {key: value for key, value in sorted(span.attributes.items()) if not key.startswith("mlflow.")},
        [[event.name, event.attributes.get("rows")] for event in span.events if event.name == "found"],
    ]


def trace_of(info):
    trace = client.get_trace(info.trace_id)
    return {
        "experiment": names[info.experiment_id],
        "state": str(info.state),
        "start": info.request_time,
        "duration": info.execution_duration,
        "previews": [info.request_preview, info.response_preview],
        "tags": told(info.tags),
        "metadata": {key: value for key, value in told(info.trace_metadata).items() if not key.startswith("mlflow.source")},
        "spans": sorted((span_of(span) for span in trace.data.spans), key=lambda span: span[3]),
        "assessments": sorted(
            [item.name, item.rationale, str(item.source.source_type), item.source.source_id, item.feedback.value if item.feedback else item.expectation.value]
            for item in trace.info.assessments
        ),
    }


experiments = list(pages(lambda token: client.search_experiments(view_type=ViewType.ALL, page_token=token)))
names.update({item.experiment_id: item.name for item in experiments})
ids = list(names)
active = [item.experiment_id for item in experiments if item.lifecycle_stage == "active"]
runs = list(pages(lambda token: client.search_runs(ids, run_view_type=ViewType.ALL, page_token=token)))
versions = [*client.search_model_versions(""), *client.search_model_versions("tags.`mlflow.prompt.is_prompt` = 'true'")]
registered = [*client.search_registered_models(), *client.search_registered_models("tags.`mlflow.prompt.is_prompt` = 'true'")]
print(
    json.dumps(
        {
            "experiments": {item.name: [item.lifecycle_stage, told(item.tags)] for item in experiments},
            "runs": {run.info.run_id: run_of(client.get_run(run.info.run_id)) for run in runs},
            "logged models": {item.model_id: model_of(client.get_logged_model(item.model_id)) for item in client.search_logged_models(active)},
            "models": {
                item.name: [item.description or "", told(item.tags), {alias: str(version) for alias, version in item.aliases.items()}]
                for item in registered
            },
            "versions": {
                f"{item.name}@{item.version}": [item.current_stage, item.description or "", told(item.tags), item.run_id or "", item.creation_timestamp]
                for item in versions
            },
            "loads": bool("chatbot-model@3" in {f"{item.name}@{item.version}" for item in versions})
            and [float(value) for value in mlflow.pyfunc.load_model("models:/chatbot-model@champion").predict(pandas.DataFrame({"x": [0.0, 3.0]}))],
            "traces": {info.trace_id: trace_of(info) for info in (trace.info for trace in mlflow.search_traces(locations=active, return_type="list"))},
        },
        ensure_ascii=False,
        sort_keys=True,
    )
)
