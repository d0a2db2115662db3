import type { Advice, AdviceAnswer } from '@mulle/contract';

/** What is known of a problem; undefined: nobody said and no data tells. */
export interface AdviceFacts {
  readonly endpoint: string | null;
  /** Whether people can write down how the clear cases are decided. */
  readonly clearRules?: boolean | undefined;
  readonly labelledRows?: number | undefined;
  readonly mustExplain?: boolean | undefined;
  /** Whether what is right changes with time: asked, or seen in drift findings. */
  readonly mustAdapt?: boolean | undefined;
  readonly needsAccuracy?: boolean | undefined;
  /** Which of these were read from data. */
  readonly fromData: ReadonlySet<AdviceAnswer['question']>;
}

/** Fewer labelled rows than this rarely carry a model past good rules. */
const enoughRows = 1_000;

type Side = AdviceAnswer['speaksFor'];

const sides = (value: boolean | undefined, whenTrue: Side, whenFalse: Side): Side => {
  if (value === undefined) return 'neither';
  return value ? whenTrue : whenFalse;
};

/**
 * The five known questions, each a voice for rules or for a model. Without data there is nothing to learn from: rules,
 * and a model by a release once data has come. Where both sides have voices, the two together: a model for the cases
 * in between, rules for what must hold.
 */
export function adviseRulesOrModel(facts: AdviceFacts): Advice {
  const hasData = facts.labelledRows === undefined ? undefined : facts.labelledRows >= enoughRows;
  const from = (question: AdviceAnswer['question'], value: unknown): AdviceAnswer['from'] => {
    if (value === undefined) return 'unknown';
    return facts.fromData.has(question) ? 'data' : 'given';
  };
  const rows = facts.labelledRows?.toLocaleString('en') ?? '?';
  const answer = (question: AdviceAnswer['question'], value: unknown, speaksFor: Side, en: string, ko: string) => ({
    question,
    text: { en, ko },
    speaksFor,
    from: from(question, value),
  });
  const answers: AdviceAnswer[] = [
    answer(
      'clear-rules',
      facts.clearRules,
      sides(facts.clearRules, 'rules', 'model'),
      'Can the clear cases be written down as rules?',
      '명확한 경우를 규칙으로 적을 수 있나요?',
    ),
    answer(
      'enough-data',
      hasData,
      sides(hasData, 'model', 'rules'),
      `Are there enough labelled rows? (${rows}; ${enoughRows} or more speak for a model)`,
      `정답이 있는 데이터가 충분한가요? (${rows}행, ${enoughRows}행 이상이면 모델에 유리해요)`,
    ),
    answer(
      'must-explain',
      facts.mustExplain,
      sides(facts.mustExplain, 'rules', 'neither'),
      'Must each answer be explained to whoever it is about?',
      '각 답을 당사자에게 설명해야 하나요?',
    ),
    answer(
      'must-adapt',
      facts.mustAdapt,
      sides(facts.mustAdapt, 'model', 'neither'),
      'Does what is right change with time?',
      '정답의 기준이 시간에 따라 바뀌나요?',
    ),
    answer(
      'accuracy',
      facts.needsAccuracy,
      sides(facts.needsAccuracy, 'model', 'neither'),
      'Is every point of accuracy worth the effort?',
      '정확도를 조금이라도 더 높일 가치가 있나요?',
    ),
  ];
  const advice = adviceOf(answers, hasData);
  return { endpoint: facts.endpoint, advice, text: texts[advice], answers };
}

function adviceOf(answers: readonly AdviceAnswer[], hasData: boolean | undefined): Advice['advice'] {
  const rules = answers.filter(({ speaksFor }) => speaksFor === 'rules').length;
  const model = answers.filter(({ speaksFor }) => speaksFor === 'model').length;
  if (hasData !== true) return model > 0 ? 'rules-then-model' : 'rules';
  if (rules === 0) return 'model';
  return model > 0 ? 'model-with-rules' : 'rules';
}

const texts: Readonly<Record<Advice['advice'], Advice['text']>> = {
  rules: { en: 'Rules are enough: write them, with tests.', ko: '규칙으로 충분해요. 테스트와 함께 규칙을 작성하세요.' },
  'rules-then-model': {
    en: 'Begin with rules and record outcomes; release a model against them once enough have come.',
    ko: '규칙으로 시작해 결과를 기록하고, 데이터가 모이면 모델을 릴리스해 규칙과 비교하세요.',
  },
  'model-with-rules': {
    en: 'A model, with rules before it for the clear cases and after it for what must hold.',
    ko: '모델을 쓰되, 명확한 경우는 앞에서 규칙으로, 꼭 지켜야 할 것은 뒤에서 규칙으로 처리하세요.',
  },
  model: {
    en: 'A model: the data carry it, and rules would add little.',
    ko: '모델이 알맞아요. 데이터가 충분하고 규칙의 이득이 작아요.',
  },
};
