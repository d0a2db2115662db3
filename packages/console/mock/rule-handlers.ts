import type { RuleSetDefinition, RuleSetVersion } from '@mulle/contract';
import { found, page, type Handlers } from './handler.ts';
import { digest, minute } from './history.ts';
import type { Installation } from './installation.ts';

const definition: RuleSetDefinition = {
  name: 'long-haul',
  description: 'Flights whose answer needs no model',
  rules: [
    {
      name: 'cancelled',
      when: 'input.distance <= 0',
      priority: 10,
      effect: { kind: 'decide', score: 1, label: 'late' },
      explanation: { en: 'A flight that does not leave is late.', ko: '출발하지 않는 항공편은 지연이에요.' },
    },
    {
      name: 'very-far',
      when: 'input.distance > 4000 && input.origin in ["ICN", "GMP", "KIX", "NRT", "HND", "SFO", "LAX", "JFK"]',
      effect: { kind: 'override', score: 'score * 0.9' },
      explanation: { en: 'Long flights make time up in the air.', ko: '먼 항공편은 비행 중에 시간을 만회해요.' },
    },
    {
      name: 'farther',
      when: 'input.distance > 4500 && input.distance < 4400',
      effect: { kind: 'enrich', set: { far: 'true' } },
      explanation: { en: 'Never.', ko: '없는 경우' },
    },
  ],
  tests: [
    {
      name: 'a flight of no miles',
      given: { input: { distance: 0, origin: 'ICN' } },
      expect: { rule: 'cancelled', score: 1, label: 'late' },
    },
    { name: 'a short one', given: { input: { distance: 300, origin: 'ICN' }, score: 0.4 }, expect: { rule: null } },
  ],
};
const dead = {
  kind: 'dead' as const,
  name: 'farther',
  message: {
    en: 'farther can never answer: its condition contradicts itself.',
    ko: 'farther 규칙은 쓰이지 않습니다. 조건이 스스로 모순됩니다.',
  },
};

function version(number: number, nowMs: number): RuleSetVersion {
  return {
    ruleSet: definition.name,
    version: number,
    digest: digest(number + 300),
    definition,
    state: number === 2 ? 'draft' : 'published',
    problems: [dead],
    distilledFrom:
      number === 2
        ? { model: 'flight-delay', version: 3, rows: 4_102, rSquared: 0.83, agreement: 0.94, threshold: 0.5, depth: 4 }
        : null,
    actor: 'jisu',
    reason: number === 2 ? 'Learned anew from the champion' : 'First',
    createdAtMs: nowMs - (3 - number) * 300 * minute,
    publishedAtMs: number === 2 ? null : nowMs - 500 * minute,
  };
}

/** One rule set with a draft, a published version and a rule that never fires. */
export function ruleHandlers(of: Installation): Handlers {
  const versions = (nowMs: number): RuleSetVersion[] =>
    of.models.length === 0 ? [] : [version(2, nowMs), version(1, nowMs)];
  return {
    listRuleSets: (_, nowMs) => {
      const [newest, published] = versions(nowMs);
      if (newest === undefined) return page([]);
      const usedBy = [{ endpoint: 'flight-delay', stage: 'before' as const }];
      return page([{ name: definition.name, versions: 2, published: published ?? null, newest, usedBy }]);
    },
    listRuleSetVersions: (_, nowMs) => page(versions(nowMs)),
    getRuleSetVersion: ({ params }, nowMs) =>
      found(
        versions(nowMs).find((each) => each.version === Number(params.version)),
        `version ${params.version}`,
      ),
    getRuleHits: (_, nowMs) => ({
      items: definition.rules.map(({ name }, index) => ({
        rule: name,
        stage: index === 2 ? null : ('before' as const),
        hits: index === 2 ? 0 : 2_260 - 900 * index,
        lastAtMs: index === 2 ? null : nowMs - minute,
      })),
    }),
    checkRuleSet: ({ body }) => ({
      problems: body.rules.some(({ name }) => name === 'farther') ? [dead] : [],
      tests: body.tests.map(({ name }) => ({ name, passed: true, got: '' })),
    }),
    createRuleSetVersion: ({ body }, nowMs) => ({ ...version(2, nowMs), definition: body.definition }),
    publishRuleSetVersion: (_, nowMs) => ({ ...version(2, nowMs), state: 'published' }),
  };
}
