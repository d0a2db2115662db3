/** How a text became another: what stayed, went and came, in order. */
export interface DiffPart {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Beyond this many pairs the middle is told as one change: the table of the longest common part would not fit. */
const pairsAtMost = 4_000_000;

/** Longest common subsequence of two lists; neighbours of one kind are joined. */
function diffOf(before: readonly string[], after: readonly string[], joined: boolean): DiffPart[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const rest = Math.min(before.length, after.length) - head;
  while (tail < rest && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const middle = changesOf(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  const parts: DiffPart[] = [
    ...before.slice(0, head).map((text) => ({ kind: 'same' as const, text })),
    ...middle,
    ...before.slice(before.length - tail).map((text) => ({ kind: 'same' as const, text })),
  ];
  if (!joined) return parts;
  return parts.reduce<DiffPart[]>((list, part) => {
    const last = list.at(-1);
    if (last?.kind === part.kind) list[list.length - 1] = { kind: part.kind, text: last.text + part.text };
    else list.push(part);
    return list;
  }, []);
}

function changesOf(before: readonly string[], after: readonly string[]): DiffPart[] {
  const [rows, columns] = [before.length, after.length];
  const removed = (text: string): DiffPart => ({ kind: 'removed', text });
  const added = (text: string): DiffPart => ({ kind: 'added', text });
  if (rows * columns === 0 || rows * columns > pairsAtMost) return [...before.map(removed), ...after.map(added)];
  // common[i * width + j]: length of the longest common part of what follows i and j.
  const width = columns + 1;
  const common = new Uint16Array((rows + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1)
    for (let column = columns - 1; column >= 0; column -= 1)
      common[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  const parts: DiffPart[] = [];
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    const [left = '', right = ''] = [before[row], after[column]];
    if (row < rows && column < columns && left === right) {
      parts.push({ kind: 'same', text: left });
      row += 1;
      column += 1;
    } else if (column >= columns || (row < rows && at(row + 1, column) >= at(row, column + 1))) {
      parts.push(removed(left));
      row += 1;
    } else {
      parts.push(added(right));
      column += 1;
    }
  }
  return parts;
}

/** By lines, each a part of its own. */
export function diffLines(before: string, after: string): DiffPart[] {
  return diffOf(before.split('\n'), after.split('\n'), false);
}

/** Within a line by words; spaces are words too, so that the parts make up both texts. */
export function diffWords(before: string, after: string): DiffPart[] {
  const words = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
  return diffOf(words(before), words(after), true);
}
