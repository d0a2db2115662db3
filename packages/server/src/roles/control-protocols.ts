import { artifactCalls, artifactProxy } from '#protocols/mlflow/artifact-calls.ts';
import { evaluationDatasetCalls } from '#protocols/mlflow/evaluation-dataset-calls.ts';
import { experimentCalls } from '#protocols/mlflow/experiment-calls.ts';
import { loggedModelCalls } from '#protocols/mlflow/logged-model-calls.ts';
import { metricCalls } from '#protocols/mlflow/metric-calls.ts';
import { mlflowProtocol } from '#protocols/mlflow/mlflow-protocol.ts';
import { registryCalls } from '#protocols/mlflow/registry-calls.ts';
import { runCalls } from '#protocols/mlflow/run-calls.ts';
import { scorerCalls } from '#protocols/mlflow/scorer-calls.ts';
import { traceCalls } from '#protocols/mlflow/trace-calls.ts';
import { webhookCalls } from '#protocols/mlflow/webhook-calls.ts';
import { serverCalls, serverProbes } from '#protocols/mlflow/server-calls.ts';
import { sourceResolver } from '#protocols/mlflow/version-source.ts';
import { otlpProtocol } from '#protocols/otlp/otlp-protocol.ts';
import type { BlobStore } from '#platform/blobs/index.ts';
import type { Services } from './control-services.ts';

/** The protocols that other tools' clients speak on the people's port. */
export function foreignProtocols(services: Services, blobs: BlobStore, controlBodyBytes: number) {
  const { access, artifacts, catalogue, experiments, loggedModels, models, runs, traces } = services;
  const registry = {
    registry: models,
    catalogue,
    sources: sourceResolver({ registry: models, blobs, artifacts, runs, loggedModels }),
  };
  const shared = {
    authenticate: (authorization: string | undefined) => access.authenticate(authorization),
    onInternalError: (thrown: unknown, requestId: string) =>
      process.stderr.write(`${requestId}: ${String(thrown instanceof Error ? thrown.stack : thrown)}\n`),
  };
  return [
    serverProbes,
    mlflowProtocol({
      ...shared,
      calls: [
        ...serverCalls(),
        ...experimentCalls(experiments),
        ...runCalls(runs),
        ...metricCalls(runs),
        ...artifactCalls(runs, artifacts),
        ...loggedModelCalls(loggedModels, artifacts),
        ...registryCalls(registry),
        ...traceCalls(traces),
        ...evaluationDatasetCalls(services.evaluationDatasets),
        ...scorerCalls(services.scorers),
        ...webhookCalls(services.webhooks),
      ],
    }),
    artifactProxy({ ...shared, artifacts }),
    // Many spans at once are larger than what people send.
    otlpProtocol({ ...shared, traces, maximumBytes: 8 * controlBodyBytes }),
  ];
}
