"""Webhooks by MLflow's own client. Argument 2: the address that is told."""

import sys

from mlflow.entities.webhook import WebhookEvent, WebhookStatus

from told import client, refusal, tell, told

events = [WebhookEvent("registered_model", "created"), WebhookEvent("model_version_alias", "created")]
hook = client.create_webhook(name="hook", url=sys.argv[2], events=events, description="d", secret="s3cret")
told["made"] = [hook.name, hook.description, [str(event) for event in hook.events], str(hook.status)]
told["listed"] = [item.webhook_id == hook.webhook_id for item in client.list_webhooks()]
told["tested"] = [client.test_webhook(hook.webhook_id).success, client.test_webhook(hook.webhook_id, events[1]).response_status]
client.create_registered_model("hooked", tags={"a": "b"}, description="told")
told["disabled"] = str(client.update_webhook(hook.webhook_id, status=WebhookStatus.DISABLED).status)
told["bad name"] = refusal(lambda: client.create_webhook(name="-", url=sys.argv[2], events=events))
told["bad scheme"] = refusal(lambda: client.create_webhook(name="x", url="ftp://host/", events=events))
tell()
