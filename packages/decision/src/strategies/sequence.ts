/**
 * Sequence: a challenger comes in by stages, each a strategy of its own (shadow: does it answer alike? canary: is it
 * safe? A/B: is it better?), and has everything after the last.
 *
 *   stage passes (its own promote) ──▶ first step of the next stage … ──▶ last stage passes ──▶ promote
 *   rollback, pause, time over     ──▶ as the stage itself says
 *
 * Steps count through all stages, so the release's machine knows nothing of stages. Groups carry the stage before their
 * name (`canary/challenger`): a decision says under which stage it was made and is folded there, however late its
 * outcome comes. Which stage holds is told by the weights, for only its groups have any: data needs nothing but the
 * dial, and one dial swaps stage and shares at once. Without one the first stage's safe weights hold.
 *
 * All stages share the release's salt, so who met the challenger in the canary is among those who meet it in the A/B
 * test, where its share is the larger one.
 */
import { stageAt, type Conclusion, type GateReading, type LocalisedText, type Strategy } from '@mulle/contract';
import type {
  CompiledRelease,
  ConcludableRelease,
  Group,
  GroupWeights,
  ReleaseConclusion,
  ReleaseFold,
  SequenceState,
  StrategyDefinition,
  StrategyModule,
} from '../strategy.ts';

type Sequence = Extract<Strategy, { kind: 'sequence' }>;
type Stage = Sequence['stages'][number];
type ModuleOf = (kind: Strategy['kind']) => StrategyModule;

/** The kind of each stage, with its number where there are several of a kind: what its groups begin with. */
function stageNames({ stages }: Sequence): string[] {
  const met: Record<string, number> = {};
  return stages.map(({ kind }) => {
    const count = (met[kind] = (met[kind] ?? 0) + 1);
    return count === 1 ? kind : `${kind}-${count}`;
  });
}

const prefixed = (stage: string, weights: GroupWeights): GroupWeights =>
  Object.fromEntries(Object.entries(weights).map(([group, weight]) => [`${stage}/${group}`, weight]));

/** The stage that holds, and its own weights. */
interface Active {
  readonly index: number;
  readonly name: string;
  readonly weights: GroupWeights;
}

const activeBy = new WeakMap<GroupWeights, Active>();

/** By the groups that have a share; the first stage where none has. Found once for each dial. */
function activeStage(strategy: Sequence, weights: GroupWeights): Active {
  const known = activeBy.get(weights);
  if (known) return known;
  const names = stageNames(strategy);
  const holder = Object.entries(weights).find(([, weight]) => weight > 0)?.[0];
  const index = Math.max(
    0,
    names.findIndex((name) => holder?.startsWith(`${name}/`)),
  );
  const name = names[index] ?? '';
  const own = Object.entries(weights).flatMap(([group, weight]): [string, number][] =>
    group.startsWith(`${name}/`) ? [[group.slice(name.length + 1), weight]] : [],
  );
  const active = { index, name, weights: Object.fromEntries(own) };
  activeBy.set(weights, active);
  return active;
}

/** What the release does where a stage comes to this. */
function conclusionOf(stage: Stage, conclusion: Conclusion, isLast: boolean): Conclusion {
  if (conclusion === 'promote') return isLast ? 'promote' : 'advance';
  if (conclusion === 'inconclusive') return stage.whenInconclusive;
  return conclusion;
}

function told(reason: LocalisedText, name: string, index: number, count: number): LocalisedText {
  return {
    en: `Stage ${index + 1} of ${count}, ${name}. ${reason.en}`,
    ko: `${count}단계 중 ${index + 1}단계(${name}). ${reason.ko}`,
  };
}

function compileStages(moduleOf: ModuleOf, strategy: Sequence, step: number): CompiledRelease[] {
  const at = stageAt(strategy, step);
  return strategy.stages.map((stage, index) =>
    moduleOf(stage.kind).compile({ strategy: stage, state: 'running', step: index === at.index ? at.step : 0 }),
  );
}

const stageOf = ({ stages }: Sequence, index: number): Stage => {
  const stage = stages[index];
  if (!stage) throw new RangeError(`Stage ${index} of a sequence of ${stages.length} stages.`);
  return stage;
};

/** Folds into one stage, in place. */
function foldStage(
  strategy: Sequence,
  state: SequenceState,
  index: number,
  fold: (stage: Stage, state: ReleaseFold) => ReleaseFold,
): SequenceState {
  const own = state.stages[index];
  if (own) state.stages[index] = fold(stageOf(strategy, index), own);
  return state;
}

function compile(moduleOf: ModuleOf, strategy: Sequence, step: number): Omit<CompiledRelease, 'strategy'> {
  const names = stageNames(strategy);
  const stages = compileStages(moduleOf, strategy, step);
  const at = stageAt(strategy, step).index;
  const copying = stages.findIndex(({ shadow }) => shadow !== undefined);
  const shadow = stages[copying]?.shadow;
  return {
    stages,
    groups: stages.flatMap(({ groups }, index) =>
      groups.map(({ name, variantId }): Group => ({ name: `${names[index]}/${name}`, variantId })),
    ),
    weights: prefixed(names[at] ?? '', stages[at]?.weights ?? {}),
    safe: prefixed(names[at] ?? '', stages[at]?.safe ?? {}),
    onServerOnly: true,
    ...(shadow === undefined ? {} : { shadow: { ...shadow, group: `${names[copying]}/${shadow.group}` } }),
  };
}

function conclude(
  moduleOf: ModuleOf,
  strategy: Sequence,
  release: ConcludableRelease,
  state: SequenceState,
  nowMs: number,
): ReleaseConclusion {
  const { index, step } = stageAt(strategy, release.step);
  const stage = stageOf(strategy, index);
  const name = stageNames(strategy)[index] ?? stage.kind;
  const fold = state.stages[index];
  if (!fold) throw new RangeError(`The state of a sequence of ${state.stages.length} stages has no stage ${index}.`);
  const seen = moduleOf(stage.kind).conclude({ ...release, strategy: stage, step }, fold, nowMs);
  return {
    conclusion: conclusionOf(stage, seen.conclusion, index === strategy.stages.length - 1),
    readings: seen.readings.map((reading): GateReading => ({
      ...reading,
      group: `${name}/${reading.group ?? 'challenger'}`,
    })),
    reason: told(seen.reason, name, index, strategy.stages.length),
  };
}

/** `moduleOf`: the modules of the stages' own strategies. */
export function sequence(moduleOf: ModuleOf): StrategyDefinition<'sequence'> {
  return {
    kind: 'sequence',
    compile: (strategy, { step = 0 }) => compile(moduleOf, strategy, step),
    choose(strategy, { stages = [] }, weights, request) {
      const active = activeStage(strategy, weights);
      const compiled = stages[active.index];
      if (!compiled) throw new RangeError(`Stage ${active.index} of this sequence was not compiled.`);
      const choice = moduleOf(compiled.strategy.kind).choose(compiled, active.weights, request);
      return { ...choice, group: `${active.name}/${choice.group}` };
    },
    wanted({ stages }) {
      const each = stages.map((stage) => moduleOf(stage.kind).wanted(stage));
      const union = (of: 'outcomes' | 'fields'): string[] => [...new Set(each.flatMap((wanted) => wanted[of]))];
      return { outcomes: union('outcomes'), fields: union('fields') };
    },
    initial: ({ stages }) => ({
      kind: 'sequence',
      stages: stages.map((stage) => moduleOf(stage.kind).initial(stage)),
    }),
    fold(strategy, state, event) {
      const cut = event.group.indexOf('/');
      if (cut < 0) return state;
      const index = stageNames(strategy).indexOf(event.group.slice(0, cut));
      const own = { ...event, group: event.group.slice(cut + 1) };
      return foldStage(strategy, state, index, (stage, fold) => moduleOf(stage.kind).fold(stage, fold, own));
    },
    foldShadow(strategy, state, event) {
      const index = strategy.stages.findIndex(({ kind }) => kind === 'shadow');
      return foldStage(strategy, state, index, (stage, fold) => moduleOf(stage.kind).foldShadow(stage, fold, event));
    },
    conclude: (strategy, release, state, nowMs) => conclude(moduleOf, strategy, release, state, nowMs),
  };
}
