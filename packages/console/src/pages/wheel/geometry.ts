/** Size of the drawing; positions on the page are shares of it. */
export const width = 900;
export const height = 560;
export const nodeRadius = 25;
export const hubRadius = 98;
const ringRadius = 212;
const centre = { x: width / 2, y: height / 2 };
const count = 8;
/** Room between a node and the thread that leaves it. */
const gap = 7;

/** Half a step away from the top, so that every station has its label at one side. */
const angleOf = (index: number): number => ((index + 0.5) / count - 0.25) * 2 * Math.PI;

const onCircle = (angle: number, radius: number): { x: number; y: number } => ({
  x: centre.x + radius * Math.cos(angle),
  y: centre.y + radius * Math.sin(angle),
});

export const placeOf = (index: number): { x: number; y: number } => onCircle(angleOf(index), ringRadius);

const point = ({ x, y }: { x: number; y: number }): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** The thread from station `index` to the next, clockwise. */
export function threadPath(index: number): string {
  const trim = 2 * Math.asin((nodeRadius + gap) / (2 * ringRadius));
  const from = onCircle(angleOf(index) + trim, ringRadius);
  const to = onCircle(angleOf(index + 1) - trim, ringRadius);
  return `M${point(from)}A${ringRadius} ${ringRadius} 0 0 1 ${point(to)}`;
}

/** The spoke from the hub to station `index`. */
export function spokePath(index: number): string {
  const from = onCircle(angleOf(index), hubRadius);
  const to = onCircle(angleOf(index), ringRadius - nodeRadius - gap);
  return `M${point(from)}L${point(to)}`;
}

/**
 * Threads that a turn has passed: from each of its stations clockwise to the next. `stations` are indices on the ring;
 * a step that goes back lights nothing.
 */
export function passedThreads(stations: readonly number[]): number[] {
  const passed = new Set<number>();
  for (let step = 1; step < stations.length; step++) {
    const from = stations[step - 1] ?? 0;
    const length = ((stations[step] ?? 0) - from + count) % count;
    if (length > count / 2) continue;
    for (let index = 0; index < length; index++) passed.add((from + index) % count);
  }
  return [...passed];
}
