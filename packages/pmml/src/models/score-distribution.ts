import { attributeOf, childrenOf, numberAttribute, type XmlElement } from '../xml.ts';

/** The `ScoreDistribution`s of a node or a rule: shares of its records by category; null where it has none. */
export function readDistribution(
  element: XmlElement,
): { probabilities: Map<string, number>; confidences?: Map<string, number> } | null {
  const scores = childrenOf(element, 'ScoreDistribution');
  if (scores.length === 0) return null;
  const records = scores.reduce((sum, score) => sum + numberAttribute(score, 'recordCount', 0), 0);
  const probabilities = new Map<string, number>();
  const confidences = new Map<string, number>();
  for (const score of scores) {
    const value = attributeOf(score, 'value');
    const share = numberAttribute(score, 'recordCount', 0) / records;
    probabilities.set(value, numberAttribute(score, 'probability', share));
    if (score.attributes['confidence'] !== undefined) confidences.set(value, numberAttribute(score, 'confidence'));
  }
  return confidences.size === 0 ? { probabilities } : { probabilities, confidences };
}
