import type { Rule, RuleSetDefinition } from '@mulle/contract';
import type { RegressionTree } from '@mulle/stats';

interface Bound {
  readonly column: number;
  readonly isBelow: boolean;
  readonly threshold: number;
  readonly takesMissing: boolean;
}

interface Leaf {
  readonly bounds: readonly Bound[];
  readonly value: number;
  readonly rows: number;
}

function leavesOf(tree: RegressionTree, bounds: readonly Bound[] = []): Leaf[] {
  if (tree.kind === 'leaf') return [{ bounds, value: tree.value, rows: tree.rows }];
  const { column, threshold, missing } = tree;
  const side = (isBelow: boolean): Bound => ({
    column,
    isBelow,
    threshold,
    takesMissing: (missing === 'below') === isBelow,
  });
  return [...leavesOf(tree.below, [...bounds, side(true)]), ...leavesOf(tree.above, [...bounds, side(false)])];
}

/** The tightest bound of each column and side; a column that is known on one of its bounds is known on all. */
function simplified(bounds: readonly Bound[]): Bound[] {
  const kept = new Map<string, Bound>();
  for (const bound of bounds) {
    const key = `${bound.column} ${bound.isBelow}`;
    const other = kept.get(key);
    const isTighter =
      other === undefined || (bound.isBelow ? bound.threshold < other.threshold : bound.threshold > other.threshold);
    const takesMissing = bound.takesMissing && (other?.takesMissing ?? true);
    kept.set(key, { ...(isTighter ? bound : other), takesMissing });
  }
  return [...kept.values()].map((bound) => ({
    ...bound,
    takesMissing: bounds.every((one) => one.column !== bound.column || one.takesMissing),
  }));
}

function conditionOf({ column, isBelow, threshold, takesMissing }: Bound, names: readonly string[]): string {
  const name = `feature.${names[column] ?? ''}`;
  const number = Number.isInteger(threshold) ? `${threshold}.0` : String(threshold);
  const compared = `${name} ${isBelow ? '<=' : '>'} ${number}`;
  return takesMissing ? `(${name} == null || ${compared})` : `(${name} != null && ${compared})`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/**
 * A tree as a rule set: a rule for each leaf, the largest first, whose conditions are the way to it. `names`: the
 * features by column. Each rule says what the model answers there; with a threshold also on which side it falls.
 */
export function rulesOfTree(
  name: string,
  tree: RegressionTree,
  names: readonly string[],
  { description, labels }: { description: string; labels?: { threshold: number; below: string; above: string } },
): RuleSetDefinition {
  const leaves = leavesOf(tree).toSorted((a, b) => b.rows - a.rows);
  const all = leaves.reduce((sum, { rows }) => sum + rows, 0);
  const rules = leaves.map(({ bounds, value, rows }, index): Rule => {
    const conditions = simplified(bounds).map((bound) => conditionOf(bound, names));
    const score = Number(value.toPrecision(6));
    const share = percent(rows / Math.max(1, all));
    return {
      name: `leaf-${index + 1}`,
      when: conditions.length === 0 ? 'true' : conditions.join(' && '),
      priority: leaves.length - index,
      effect: {
        kind: 'decide',
        score,
        ...(labels ? { label: score >= labels.threshold ? labels.above : labels.below } : {}),
      },
      explanation: {
        en: `${share} of the requests are such; the model answers ${score} to them on average.`,
        ko: `요청의 ${share}가 이런 경우이고, 모델은 평균 ${score}로 답해요.`,
      },
    };
  });
  return { name, description, rules, tests: [] };
}
