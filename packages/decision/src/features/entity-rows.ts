/**
 * The rows of one entity in order of time, as running totals: a window is the difference of two rows. A row is its
 * time, then for every field the sum and the number of the values up to and including it (a missing value counts as
 * neither), all rows in one array. Rows that arrive in order are appended; a late one moves those behind it. Rows
 * leave at the front.
 */
export class EntityRows {
  data: Float64Array;
  /** Doubles a row. */
  readonly stride: number;
  /** Live rows are start…end − 1. */
  start = 0;
  end = 0;
  /** Time of the newest row that has left; windows that reach further back are not whole. */
  evictedUntil: number;

  constructor(fields: number, capacity: number, evictedUntil: number) {
    this.stride = 1 + 2 * fields;
    this.data = new Float64Array(capacity * this.stride);
    this.evictedUntil = evictedUntil;
  }

  get rows(): number {
    return this.end - this.start;
  }

  get isFull(): boolean {
    return this.end * this.stride === this.data.length;
  }

  /** First row later than this time; `end` where there is none. */
  after(timeMs: number): number {
    const { data, stride } = this;
    let low = this.start;
    let high = this.end;
    if (low === high || (data[(high - 1) * stride] ?? 0) <= timeMs) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((data[middle * stride] ?? 0) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Sum of a field over the rows from…until − 1. */
  sum(field: number, from: number, until: number): number {
    return this.total(1 + 2 * field, until) - this.total(1 + 2 * field, from);
  }

  /** Number of a field's values over the rows from…until − 1. */
  count(field: number, from: number, until: number): number {
    return this.total(2 + 2 * field, until) - this.total(2 + 2 * field, from);
  }

  /** Running total of a column before a row. The row before the first live one still holds what has left, until `resize`. */
  private total(column: number, row: number): number {
    return row === 0 ? 0 : (this.data[(row - 1) * this.stride + column] ?? 0);
  }

  /** Adds a row behind those of the same time; `values` by field, NaN for none. */
  insert(timeMs: number, values: Float64Array): void {
    if (this.isFull) this.resize();
    const { data, stride, end } = this;
    const at = this.after(timeMs);
    if (at < end) data.copyWithin((at + 1) * stride, at * stride, end * stride);
    this.end = end + 1;
    data[at * stride] = timeMs;
    for (let field = 0; field < values.length; field++) {
      const value = values[field] ?? Number.NaN;
      const column = 1 + 2 * field;
      const known = Number.isNaN(value) ? 0 : 1;
      const added = known === 1 ? value : 0;
      data[at * stride + column] = this.total(column, at) + added;
      data[at * stride + column + 1] = this.total(column + 1, at) + known;
      for (let row = at + 1; row <= end; row++) {
        data[row * stride + column] = (data[row * stride + column] ?? 0) + added;
        data[row * stride + column + 1] = (data[row * stride + column + 1] ?? 0) + known;
      }
    }
  }

  /** Lets go of the rows up to and including this time. */
  evict(untilMs: number): void {
    const first = this.after(untilMs);
    if (first === this.start) return;
    this.evictedUntil = this.data[(first - 1) * this.stride] ?? this.evictedUntil;
    this.start = first;
  }

  /** Copies the live rows to `target`, running totals beginning at 0 anew so that they never outgrow their digits. */
  copyTo(target: Float64Array, offset: number): void {
    const { data, stride, start, end } = this;
    const first = start * stride;
    for (let index = first; index < end * stride; index++) target[offset + index - first] = data[index] ?? 0;
    if (start === 0) return;
    for (let column = 1; column < stride; column++) {
      const base = data[first - stride + column] ?? 0;
      for (let at = offset + column; at < offset + this.rows * stride; at += stride)
        target[at] = (target[at] ?? 0) - base;
    }
  }

  /** Room for as many rows again as are live, 8 at least. */
  resize(): void {
    const next = new Float64Array(Math.max(8, 2 * this.rows) * this.stride);
    this.copyTo(next, 0);
    this.end = this.rows;
    this.start = 0;
    this.data = next;
  }
}
