/** What a confidence sequence of a bounded mean has seen: plain JSON. */
export interface BoundedMeanState {
  n: number;
  sum: number;
  /** Σ (xᵢ − μ̂ᵢ)², for the next bet. */
  squares: number;
  bets: number;
  betOnValues: number;
  cost: number;
}

export function emptyBoundedMean(): BoundedMeanState {
  return { n: 0, sum: 0, squares: 0, bets: 0, betOnValues: 0, cost: 0 };
}

const largestBet = 0.5;

/**
 * Adds a value in [0, 1], in place: the predictable plug-in empirical Bernstein confidence sequence (Waudby-Smith and
 * Ramdas, "Estimating means of bounded random variables by betting", 2024, theorem 2). No approximation, valid at
 * every look, narrow where the variance is small. `alpha` must stay the same over all values. RangeError outside [0, 1].
 */
export function addToBoundedMean(state: BoundedMeanState, value: number, alpha = 0.05): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`value ${value} is outside 0…1`);
  const time = state.n + 1;
  const before = (0.5 + state.sum) / (state.n + 1);
  const variance = (0.25 + state.squares) / (state.n + 1);
  const bet = Math.min(largestBet, Math.sqrt((2 * Math.log(2 / alpha)) / (variance * time * Math.log1p(time))));
  state.bets += bet;
  state.betOnValues += bet * value;
  state.cost += (value - before) ** 2 * (-Math.log1p(-bet) - bet);
  state.n = time;
  state.sum += value;
  state.squares += (value - (0.5 + state.sum) / (time + 1)) ** 2;
}

/** The interval now; [0, 1] with no data. */
export function boundedMeanInterval(state: BoundedMeanState, alpha = 0.05): [number, number] {
  if (state.n === 0) return [0, 1];
  const centre = state.betOnValues / state.bets;
  const reach = (Math.log(2 / alpha) + state.cost) / state.bets;
  return [Math.max(0, centre - reach), Math.min(1, centre + reach)];
}
