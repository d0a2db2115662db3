"""The classic calls, word for word. Argument 2: `before` or `after` the version was approved."""

import sys

from told import client, mlflow, refusal, sentence, tell, told


class Chatbot(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [f"echo {value}" for value in model_input["question"]]


if sys.argv[2] == "before":
    mlflow.set_experiment("chatbot")
    with mlflow.start_run():
        mlflow.log_params({"model": "gpt-4o-mini", "temperature": 0.7})
        mlflow.log_metrics({"latency_ms": 812.5, "accuracy": 0.91})
        mlflow.pyfunc.log_model("model", python_model=Chatbot(), registered_model_name="guarded-model", pip_requirements=["mlflow"])
    client.transition_model_version_stage("guarded-model", 1, "Staging")
    told["staging"] = client.get_model_version("guarded-model", 1).current_stage
    told["refused"] = [refusal(lambda: client.transition_model_version_stage("guarded-model", 1, "Production")), sentence(lambda: client.transition_model_version_stage("guarded-model", 1, "Production"))]
    told["alias refused"] = refusal(lambda: client.set_registered_model_alias("guarded-model", "production", 1))
    told["unmoved"] = client.get_model_version("guarded-model", 1).current_stage
else:
    client.transition_model_version_stage("guarded-model", 1, "Production")
    told["production"] = client.get_model_version("guarded-model", 1).current_stage
    loaded = mlflow.pyfunc.load_model("models:/guarded-model/Production")
    told["answer"] = loaded.predict({"question": ["안녕?"]})
tell()
