"""Prompts, traces with feedback, evaluations with scorers of one's own."""

import os

os.environ["MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS"] = "true"

from mlflow.entities import AssessmentSource, AssessmentSourceType
from mlflow.genai.scorers import scorer

from told import client, mlflow, tell, told

experiment = mlflow.set_experiment("genai").experiment_id

mlflow.genai.register_prompt("greeting", "Hello {{name}}, 안녕하세요", commit_message="first", tags={"tone": "warm"})
mlflow.genai.register_prompt("greeting", [{"role": "user", "content": "Hi {{name}}"}], commit_message="second")
mlflow.genai.set_prompt_alias("greeting", "live", 1)
told["prompt"] = [
    mlflow.genai.load_prompt("prompts:/greeting/1").format(name="Jun"),
    mlflow.genai.load_prompt("prompts:/greeting@live").version,
    mlflow.genai.load_prompt("prompts:/greeting/2").format(name="Jun"),
    mlflow.genai.load_prompt("greeting").version,
    [item.name for item in mlflow.genai.search_prompts("name = 'greeting'")],
    [item.name for item in client.search_registered_models()].count("greeting"),
]


@mlflow.trace(name="answer", attributes={"model": "m"})
def answer(question):
    with mlflow.start_span("look up", span_type="RETRIEVER") as span:
        span.set_inputs({"q": question})
        span.set_outputs([{"page_content": "42"}])
    mlflow.update_current_trace(tags={"kind": "faq"}, metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "u-1"})
    return "42"


@mlflow.trace
def failing():
    raise ValueError("없어요")


answer("why?")
mlflow.flush_trace_async_logging()
id = mlflow.get_last_active_trace_id()
trace = mlflow.get_trace(id)
told["trace"] = [sorted(span.name for span in trace.data.spans), trace.info.state.value, trace.info.tags["kind"], trace.info.trace_metadata["mlflow.trace.session"], trace.data.spans[0].inputs]
try:
    failing()
except ValueError:
    pass
mlflow.flush_trace_async_logging()
failed = mlflow.get_trace(mlflow.get_last_active_trace_id())
told["failed"] = [failed.info.state.value, failed.data.spans[0].status.status_code.value, bool(failed.data.spans[0].events)]

human = AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id="jun")
feedback = mlflow.log_feedback(trace_id=id, name="helpful", value=True, rationale="맞아요", source=human)
expectation = mlflow.log_expectation(trace_id=id, name="answer", value={"text": "42"}, source=human)
mlflow.override_feedback(trace_id=id, assessment_id=feedback.assessment_id, value=False, rationale="다시 보니")
told["assessments"] = sorted([item.name, item.value, item.valid] for item in mlflow.get_trace(id).info.assessments if item.feedback)
told["expectation"] = mlflow.get_assessment(trace_id=id, assessment_id=expectation.assessment_id).expectation.value
mlflow.delete_assessment(trace_id=id, assessment_id=expectation.assessment_id)
client.set_trace_tag(id, "reviewed", "yes")
client.delete_trace_tag(id, "kind")


def traces(text):
    return len(mlflow.search_traces(locations=[experiment], filter_string=text, return_type="list"))


told["searches"] = [traces(text) for text in ["tags.reviewed = 'yes'", "trace.status = 'ERROR'", "trace.name = 'answer'", "metadata.`mlflow.trace.session` = 's-1'", "span.type = 'RETRIEVER'", "feedback.helpful = 'false'", "trace.timestamp_ms > 0", "span.name LIKE 'look%'"]]


@scorer
def exact(outputs, expectations):
    return outputs == expectations["expected_response"]


@scorer
def length(outputs):
    return len(outputs)


result = mlflow.genai.evaluate(
    data=[
        {"inputs": {"question": "why?"}, "expectations": {"expected_response": "42"}},
        {"inputs": {"question": "who?"}, "expectations": {"expected_response": "Jun"}},
    ],
    predict_fn=lambda question: answer(question),
    scorers=[exact, length],
)
told["evaluated"] = [result.metrics["exact/mean"], result.metrics["length/mean"], client.get_run(result.run_id).data.metrics["exact/mean"]]
dataset = mlflow.genai.datasets.create_dataset(name="questions", experiment_id=experiment, tags={"v": "1"})
dataset.merge_records([{"inputs": {"question": "why?"}, "expectations": {"expected_response": "42"}}])
found = mlflow.genai.datasets.get_dataset(dataset_id=dataset.dataset_id)
told["dataset"] = [found.name, len(found.to_df())]
again = mlflow.genai.evaluate(data=found, predict_fn=lambda question: "42", scorers=[exact])
told["by dataset"] = again.metrics["exact/mean"]
exact.register(name="exact")
told["scorers"] = [item.name for item in mlflow.genai.list_scorers(experiment_id=experiment)]
told["deleted"] = client.delete_traces(experiment, trace_ids=[id])
told["gone"] = mlflow.get_trace(id, silent=True) is None
tell()
