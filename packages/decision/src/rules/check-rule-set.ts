import type { Rule, RuleProblem, RuleSetDefinition, RuleTest } from '@mulle/contract';
import { conditionBox, isEmpty, isWithin, overlaps, type ConditionBox } from './condition-box.ts';
import { compileRuleSet, type CompiledRuleSet, type RuleSetOutcome } from './rule-set.ts';

export interface RuleSetCheck {
  readonly problems: RuleProblem[];
  /** In the order of the definition's tests; empty where the rules do not compile. */
  readonly tests: readonly { readonly name: string; readonly passed: boolean; readonly got: string }[];
}

const invalid = (name: string, en: string, ko: string): RuleProblem => ({ kind: 'invalid', name, message: { en, ko } });

/** All that is wrong with a rule set: expressions, its own tests, dead and conflicting rules. */
export function checkRuleSet(definition: RuleSetDefinition): RuleSetCheck {
  const names = definition.rules.map(({ name }) => name);
  const problems = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) =>
    invalid(name, `Two rules are named ${name}. Rename one.`, `${name} 규칙이 두 개입니다. 하나의 이름을 바꾸세요.`),
  );
  for (const rule of definition.rules) {
    try {
      compileRuleSet({ ...definition, rules: [rule] });
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      problems.push(invalid(rule.name, message, `사용할 수 없는 식입니다. ${message}`));
    }
  }
  if (problems.length > 0) return { problems, tests: [] };
  const compiled = compileRuleSet(definition);
  const tests = definition.tests.map((test) => runTest(compiled, test));
  for (const { name, passed, got } of tests) {
    if (passed) continue;
    const message = { en: `The test gives ${got}.`, ko: `테스트 결과가 다릅니다: ${got}` };
    problems.push({ kind: 'test', name, message });
  }
  return { problems: [...problems, ...structuralProblems(compiled)], tests };
}

/** Whether a check's problems keep the rule set from becoming a version. */
export function isRefused({ problems }: RuleSetCheck): boolean {
  return problems.some(({ kind }) => kind === 'invalid' || kind === 'test');
}

function runTest(compiled: CompiledRuleSet, { name, given, expect }: RuleTest): RuleSetCheck['tests'][number] {
  const outcome = compiled.evaluate({
    input: given.input,
    feature: given.feature ?? {},
    score: given.score ?? Number.NaN,
  });
  const { answer, enriched } = outcome;
  const passed =
    (answer?.rule.name ?? null) === expect.rule &&
    (expect.score === undefined || (answer !== null && Math.abs(answer.score - expect.score) <= 1e-9)) &&
    (expect.label === undefined || answer?.label === expect.label) &&
    Object.entries(expect.enriched ?? {}).every(([key, value]) => enriched[key] === value);
  return { name, passed, got: described(outcome) };
}

function described({ answer, enriched, faulted }: RuleSetOutcome): string {
  const parts = [answer ? `${answer.rule.name}: ${answer.score}` : 'no rule'];
  if (answer?.label != null) parts.push(`label ${answer.label}`);
  if (Object.keys(enriched).length > 0) parts.push(JSON.stringify(enriched));
  if (faulted.length > 0) parts.push(`failed: ${faulted.join(', ')}`);
  return parts.join(', ');
}

interface Boxed {
  readonly rule: Rule;
  readonly box: ConditionBox;
}

function structuralProblems({ rules }: CompiledRuleSet): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const answering: Boxed[] = [];
  for (const { rule, when, score } of rules) {
    const box = conditionBox(when.ast);
    const shadow = answering.find((earlier) => isWithin(box, earlier.box));
    if (isEmpty(box)) problems.push(dead(rule, 'its condition contradicts itself', '조건이 스스로 모순됩니다'));
    else if (shadow !== undefined) {
      const by = shadow.rule.name;
      problems.push(dead(rule, `${by} answers first whenever it fires`, `${by} 규칙이 항상 먼저 답합니다`));
    } else if (score !== null) {
      for (const other of answering) if (inConflict({ rule, box }, other)) problems.push(conflict(rule, other.rule));
      answering.push({ rule, box });
    }
  }
  return problems;
}

function dead({ name }: Rule, en: string, ko: string): RuleProblem {
  return {
    kind: 'dead',
    name,
    message: { en: `${name} can never answer: ${en}.`, ko: `${name} 규칙은 쓰이지 않습니다. ${ko}.` },
  };
}

function inConflict(a: Boxed, b: Boxed): boolean {
  if ((a.rule.priority ?? 0) !== (b.rule.priority ?? 0)) return false;
  return JSON.stringify(a.rule.effect) !== JSON.stringify(b.rule.effect) && overlaps(a.box, b.box);
}

function conflict({ name }: Rule, other: Rule): RuleProblem {
  const en = `${name} and ${other.name} have the same priority, may both fire and say different things. Give one a higher priority.`;
  const ko = `${name} 규칙과 ${other.name} 규칙은 우선순위가 같고 함께 적용될 수 있지만 답이 다릅니다. 한쪽의 우선순위를 높이세요.`;
  return { kind: 'conflict', name, message: { en, ko } };
}
