"""Models: logged, registered, staged, loaded by each of their addresses, found again."""

import pandas as pd
import skops
import sklearn
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from told import client, mlflow, refusal, tell, told

mlflow.set_experiment("models")
iris = load_iris(as_frame=True)
table, setosa = iris.data, (iris.target == 0).astype(int)
model = LogisticRegression().fit(table, setosa)
requirements = [f"scikit-learn=={sklearn.__version__}", "pandas==2.3.3", "numpy==2.3.5", f"skops=={skops.__version__}"]
signature = infer_signature(table, model.predict_proba(table)[:, 1])
with mlflow.start_run() as training:
    mlflow.log_param("C", 1.0)
    mlflow.log_input(mlflow.data.from_pandas(table, name="iris"), context="training")
    logged = mlflow.sklearn.log_model(model, name="model", signature=signature, registered_model_name="chatbot-model", pip_requirements=requirements, input_example=table.head(2))
    mlflow.log_metric("accuracy", 0.75, model_id=logged.model_id)
told["dataset"] = mlflow.get_run(training.info.run_id).inputs.dataset_inputs[0].dataset.name
by_metric = mlflow.search_logged_models(filter_string="metrics.accuracy > 0.7 AND params.C = '1.0'", output_format="list")
told["logged"] = [str(mlflow.get_logged_model(logged.model_id).status), [item.model_id == logged.model_id for item in by_metric]]
client.set_registered_model_alias("chatbot-model", "champion", 1)
client.transition_model_version_stage("chatbot-model", 1, "Staging")
client.transition_model_version_stage("chatbot-model", 1, "Production")
version = client.get_model_version("chatbot-model", 1)
told["version"] = [version.run_id == training.info.run_id, version.current_stage, sorted(version.aliases)]
addresses = [logged.model_uri, f"models:/{logged.model_id}", f"runs:/{training.info.run_id}/model", "models:/chatbot-model/1", "models:/chatbot-model@champion", "models:/chatbot-model/Production", "models:/chatbot-model/latest"]
told["loads"] = [bool((mlflow.pyfunc.load_model(uri).predict(table) == model.predict(table)).all()) for uri in addresses]
told["native"] = type(mlflow.sklearn.load_model("models:/chatbot-model/1")).__name__

# A model of one's own code; a second version; stages pass on, and back.


class Doubled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [value * 2 for value in model_input["x"]]


with mlflow.start_run():
    mlflow.pyfunc.log_model(name="model", python_model=Doubled(), registered_model_name="doubled", pip_requirements=["mlflow"])
told["own code"] = mlflow.pyfunc.load_model("models:/doubled/1").predict(pd.DataFrame({"x": [1, 21]}))
with mlflow.start_run():
    mlflow.sklearn.log_model(model, name="model", signature=signature, registered_model_name="chatbot-model", pip_requirements=requirements)
client.transition_model_version_stage("chatbot-model", 2, "Production", archive_existing_versions=True)
told["stages"] = [client.get_model_version("chatbot-model", number).current_stage for number in (1, 2)]
told["latest"] = sorted([item.current_stage, item.version] for item in client.get_latest_versions("chatbot-model"))
client.set_registered_model_tag("chatbot-model", "task", "tabular")
client.set_model_version_tag("chatbot-model", 2, "checked", "yes")
client.update_model_version("chatbot-model", 2, "두 번째")
told["found"] = [
    [item.name for item in client.search_registered_models("name LIKE 'chat%' AND tags.task = 'tabular'")],
    [item.version for item in client.search_model_versions("name = 'chatbot-model'", order_by=["version_number ASC"])],
    [item.version for item in client.search_model_versions(f"run_id = '{training.info.run_id}'")],
    client.get_model_version("chatbot-model", 2).description,
]
copied = client.copy_model_version("models:/chatbot-model/2", "copied")
told["copied"] = bool((mlflow.pyfunc.load_model(f"models:/copied/{copied.version}").predict(table) == model.predict(table)).all())
told["refused"] = [
    refusal(lambda: client.create_registered_model("chatbot-model")),
    refusal(lambda: client.get_model_version("chatbot-model", 99)),
    refusal(lambda: client.set_registered_model_alias("chatbot-model", "latest", 1)),
    refusal(lambda: client.transition_model_version_stage("chatbot-model", 1, "Nowhere")),
    refusal(lambda: client.create_model_version("chatbot-model", "mlflow-artifacts:/../../etc/passwd")),
    refusal(lambda: client.create_model_version("chatbot-model", "mlflow-artifacts:/0/%2e%2e/%2e%2e/x")),
]
client.rename_registered_model("copied", "copied-2")
client.delete_model_version("copied-2", 1)
client.delete_registered_model("copied-2")
told["gone"] = refusal(lambda: client.get_registered_model("copied-2"))
told["row"] = {name: float(value) for name, value in table.iloc[60].items()}
told["score"] = float(model.predict_proba(table.iloc[[60]])[0, 1])
told["labels"] = [int(value) for value in model.predict(table.iloc[[0, 60]])]
tell()
