import { PmmlError } from '../pmml-error.ts';
import { largest, normalised, type ModelContext, type Prediction } from './prediction.ts';

/** What a segment said of a row, and how much it weighs. */
export interface Vote {
  readonly weight: number;
  readonly prediction: Prediction;
}

type Combine = (votes: readonly Vote[]) => Prediction;
type Round = ModelContext['round'];

/** How the segments of an ensemble become one, by the method's name. */
export function combiner(method: string, { isClassification, round }: ModelContext): Combine {
  const combine = (isClassification ? classifications(round) : regressions(round))[method];
  if (combine === undefined) throw new PmmlError(`Segments are not combined by "${method}" here.`);
  return combine;
}

function regressions(round: Round): Readonly<Record<string, Combine>> {
  const sum = (votes: readonly Vote[]): number =>
    votes.reduce((total, { prediction }) => round(total + round(Number(prediction.value))), 0);
  const weightedSum = (votes: readonly Vote[]): number =>
    votes.reduce((total, { weight, prediction }) => round(total + round(round(weight) * Number(prediction.value))), 0);
  const totalWeight = (votes: readonly Vote[]): number => votes.reduce((total, { weight }) => round(total + weight), 0);
  return {
    average: (votes) => ({ value: round(sum(votes) / votes.length) }),
    weightedAverage: (votes) => ({ value: round(weightedSum(votes) / totalWeight(votes)) }),
    median: (votes) => ({ value: median(votes) }),
    weightedMedian: (votes) => ({ value: weightedMedian(votes) }),
    max: (votes) => ({ value: Math.max(...votes.map(({ prediction }) => Number(prediction.value))) }),
    sum: (votes) => ({ value: sum(votes) }),
    weightedSum: (votes) => ({ value: weightedSum(votes) }),
  };
}

function median(votes: readonly Vote[]): number {
  const values = votes.map(({ prediction }) => Number(prediction.value)).toSorted((a, b) => a - b);
  const middle = values.length / 2;
  const upper = values[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((values[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** The smallest value up to which half of the weight lies. */
function weightedMedian(votes: readonly Vote[]): number {
  const sorted = votes
    .map(({ weight, prediction }) => ({ weight, value: Number(prediction.value) }))
    .toSorted((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { weight, value } of sorted) {
    below += weight;
    if (below >= half) return value;
  }
  return Number.NaN;
}

function probabilitiesOf({ prediction }: Vote): ReadonlyMap<string, number> {
  const { probabilities } = prediction;
  if (probabilities === undefined) throw new PmmlError('A segment gives no probabilities to combine.');
  return probabilities;
}

const predicted = (probabilities: ReadonlyMap<string, number>): Prediction => ({
  value: largest(probabilities),
  probabilities,
});

/** Sums by category of what `share` makes of each vote. */
function sums(votes: readonly Vote[], round: Round, weightOf: (vote: Vote) => number): Map<string, number> {
  const total = new Map<string, number>();
  for (const vote of votes) {
    const weight = weightOf(vote);
    for (const [category, probability] of probabilitiesOf(vote)) {
      total.set(category, round((total.get(category) ?? 0) + round(weight * probability)));
    }
  }
  return total;
}

function scaled(values: ReadonlyMap<string, number>, divisor: number, round: Round): Map<string, number> {
  return new Map([...values].map(([category, value]) => [category, round(value / divisor)]));
}

function voted(votes: readonly Vote[], weightOf: (vote: Vote) => number): Prediction {
  const counts = new Map<string, number>();
  for (const vote of votes) {
    const category = String(vote.prediction.value);
    counts.set(category, (counts.get(category) ?? 0) + weightOf(vote));
  }
  return predicted(normalised(counts));
}

function classifications(round: Round): Readonly<Record<string, Combine>> {
  const weightOf = ({ weight }: Vote): number => weight;
  const totalWeight = (votes: readonly Vote[]): number => votes.reduce((sum, { weight }) => sum + weight, 0);
  const one = (): number => 1;
  return {
    majorityVote: (votes) => voted(votes, one),
    weightedMajorityVote: (votes) => voted(votes, weightOf),
    average: (votes) => predicted(scaled(sums(votes, round, one), votes.length, round)),
    weightedAverage: (votes) => predicted(scaled(sums(votes, round, weightOf), totalWeight(votes), round)),
    max: surest,
  };
}

/** The probabilities of the segments that give the highest probability to any category. */
function surest(votes: readonly Vote[]): Prediction {
  const peak = (vote: Vote): number => Math.max(...probabilitiesOf(vote).values());
  const most = Math.max(...votes.map(peak));
  const chosen = votes.filter((vote) => peak(vote) === most);
  return predicted(
    scaled(
      sums(
        chosen,
        (value) => value,
        () => 1,
      ),
      chosen.length,
      (value) => value,
    ),
  );
}
