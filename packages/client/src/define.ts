import type {
  DatasetDefinition,
  EndpointDefinition,
  FeatureService,
  FeatureView,
  KpiDefinition,
  Manifest,
  ModelDefinition,
  MonitorDefinition,
  PipelineDefinition,
  RuleSetDefinition,
  Source,
  TriggerDefinition,
} from '@mulle/contract';

// Each function gives a definition its type, so that the editor completes it and the compiler checks it.

export function defineSource(source: Source): Source {
  return source;
}

export function defineDataset(dataset: DatasetDefinition): DatasetDefinition {
  return dataset;
}

export function defineFeatureView(view: FeatureView): FeatureView {
  return view;
}

export function defineFeatureService(service: FeatureService): FeatureService {
  return service;
}

export function defineEndpoint(endpoint: EndpointDefinition): EndpointDefinition {
  return endpoint;
}

export function definePipeline(pipeline: PipelineDefinition): PipelineDefinition {
  return pipeline;
}

export function defineTrigger(trigger: TriggerDefinition): TriggerDefinition {
  return trigger;
}

export function defineMonitor(monitor: MonitorDefinition): MonitorDefinition {
  return monitor;
}

export function defineModel(model: ModelDefinition): ModelDefinition {
  return model;
}

export function defineRuleSet(ruleSet: RuleSetDefinition): RuleSetDefinition {
  return ruleSet;
}

export function defineKpi(kpi: KpiDefinition): KpiDefinition {
  return kpi;
}

type Sections = Partial<Omit<Manifest, 'schemaVersion' | 'project'>>;

/** What `mulle.config.ts` exports as `project`: compiles to the manifest, with empty sections filled in. */
export function defineProject(project: { name: string } & Sections): Manifest {
  const { name, ...sections } = project;
  return {
    schemaVersion: 1,
    project: name,
    sources: [],
    datasets: [],
    featureViews: [],
    featureServices: [],
    endpoints: [],
    pipelines: [],
    triggers: [],
    monitors: [],
    ...sections,
  };
}
