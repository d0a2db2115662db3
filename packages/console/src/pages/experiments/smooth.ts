/**
 * Exponential moving average with the start's bias taken out (as TensorBoard draws it): weight 0 leaves the values as
 * they are, towards 1 the line grows calm. What is no number stays a gap and moves nothing.
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let share = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return sum / share;
  });
}
