import type { ReleasePolicy } from '@mulle/contract';

export interface PolicyProblem {
  /** Within the policy: `steps/1/weight`. */
  readonly path: string;
  readonly message: string;
}

type PolicyOf<Kind extends ReleasePolicy['kind']> = Extract<ReleasePolicy, { kind: Kind }>;

/** Steps of a canary grow: a share that falls would take the challenger from callers who have it. */
function canaryProblems({ steps }: PolicyOf<'canary'>): PolicyProblem[] {
  return steps.flatMap(({ weight }, index) => {
    const before = steps[index - 1]?.weight ?? 0;
    const message = `${weight} is less than ${before} of the step before.`;
    return weight < before ? [{ path: `steps/${index}/weight`, message }] : [];
  });
}

function shadowProblems({ gates, minSeconds, maxSeconds }: PolicyOf<'shadow'>): PolicyProblem[] {
  const labels = new Set(gates.flatMap((gate) => (gate.metric === 'log-loss' ? [gate.label] : [])));
  return [
    ...(labels.size > 1 ? [{ path: 'gates', message: 'One label is compared: leave the other log losses out.' }] : []),
    ...(minSeconds > maxSeconds ? [{ path: 'minSeconds', message: 'It lies beyond maxSeconds.' }] : []),
  ];
}

function rewardProblems({ reward }: PolicyOf<'bandit' | 'contextual-bandit'>): PolicyProblem[] {
  if (reward.kind !== 'ratio') return [];
  return [{ path: 'reward/kind', message: 'A reward is earned by one decision: declare a mean or a rate.' }];
}

function creditProblems({ credit }: PolicyOf<'interleaving'>): PolicyProblem[] {
  if (credit.kind !== 'ratio' && 'outcome' in credit.value) return [];
  return [
    { path: 'credit', message: 'A row earns its credit later, by itself: declare a mean or a rate of an outcome.' },
  ];
}

function banditProblems(policy: PolicyOf<'bandit'>): PolicyProblem[] {
  const problems = rewardProblems(policy);
  const { floor = 0, cap = 1, stop, halfLifeSeconds, attributionSeconds, reward } = policy;
  if (cap < floor) problems.push({ path: 'cap', message: `A cap of ${cap} lies below the floor of ${floor}.` });
  if (stop && halfLifeSeconds !== undefined) {
    const message = 'What forgets cannot conclude: leave out stop, or halfLifeSeconds.';
    problems.push({ path: 'stop', message });
  }
  if (attributionSeconds !== undefined && reward.absent !== 'zero') {
    const message = 'Only a reward that counts as zero until it comes waits for its time: give it "absent": "zero".';
    problems.push({ path: 'attributionSeconds', message });
  }
  return problems;
}

function stagedProblems({ phases, kpis }: PolicyOf<'staged'>): PolicyProblem[] {
  const growing = phases.flatMap(({ coverage, sampleSize }, index): PolicyProblem[] => {
    const before = phases[index - 1];
    if (before === undefined) return [];
    const path = `phases/${index}`;
    const problems: PolicyProblem[] = [];
    if (coverage < before.coverage)
      problems.push({ path: `${path}/coverage`, message: `${coverage} is less than ${before.coverage} before.` });
    if (sampleSize <= before.sampleSize)
      problems.push({
        path: `${path}/sampleSize`,
        message: `It must lie above ${before.sampleSize} of the phase before.`,
      });
    return problems;
  });
  const hasGoal = kpis.some(({ role }) => role === 'goal');
  return hasGoal ? growing : [...growing, { path: 'kpis', message: 'Nothing can be better without a goal.' }];
}

function sequenceProblems({ stages }: PolicyOf<'sequence'>): PolicyProblem[] {
  return stages.flatMap((stage, index): PolicyProblem[] => {
    const path = `stages/${index}`;
    const problems = policyProblems(stage).map((one) => ({ ...one, path: `${path}/${one.path}` }));
    if (stage.kind === 'shadow' && stage.whenPassed !== undefined)
      problems.push({ path: `${path}/whenPassed`, message: 'What passes a stage goes on to the next: leave it out.' });
    if (stage.kind === 'shadow' && stages.slice(0, index).some(({ kind }) => kind === 'shadow'))
      problems.push({ path, message: 'One shadow is enough: leave the second one out.' });
    return problems;
  });
}

/** What no schema says: numbers of a policy that do not go together. */
export function policyProblems(policy: ReleasePolicy): PolicyProblem[] {
  switch (policy.kind) {
    case 'canary':
      return canaryProblems(policy);
    case 'bandit':
      return banditProblems(policy);
    case 'contextual-bandit':
      return rewardProblems(policy);
    case 'shadow':
      return shadowProblems(policy);
    case 'interleaving':
      return creditProblems(policy);
    case 'staged':
      return stagedProblems(policy);
    case 'sequence':
      return sequenceProblems(policy);
    case 'single':
    case 'blue-green':
    case 'ab-test':
      return [];
  }
}
