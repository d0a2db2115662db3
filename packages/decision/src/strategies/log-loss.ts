/** Scores are single-precision floats: a certainty counts as one float's step away from it, at most 15.9 nats. */
const scoreStep = 2 ** -23;

/** −ln of the probability given to what happened, in nats. */
export function logLossOf(score: number, label: 0 | 1): number {
  const given = label === 1 ? score : 1 - score;
  return -Math.log(Math.min(Math.max(given, scoreStep), 1 - scoreStep));
}
