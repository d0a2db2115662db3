import type { SpanSummary } from '@mulle/contract';

/** A span where it stands in the tree. */
export interface SpanNode {
  readonly span: SpanSummary;
  readonly depth: number;
  /** Index after the last of its descendants: they follow it without a gap. */
  readonly end: number;
}

/**
 * Spans as a tree laid flat: each is followed by its descendants, siblings by their start. A span whose parent is not
 * there stands at the top, and so does one of a circle.
 */
export function spanTree(spans: readonly SpanSummary[]): SpanNode[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = Map.groupBy(spans, ({ parentId, id }) =>
    parentId !== null && parentId !== id && ids.has(parentId) ? parentId : '',
  );
  const nodes: { span: SpanSummary; depth: number; end: number }[] = [];
  const seen = new Set<string>();
  const walk = (top: SpanSummary): void => {
    // A stack in place of calls: a trace may be as deep as it is long.
    const stack: { span: SpanSummary; depth: number; at: number | undefined }[] = [
      { span: top, depth: 0, at: undefined },
    ];
    for (let each = stack.at(-1); each !== undefined; each = stack.at(-1)) {
      const begun = each.at === undefined ? undefined : nodes[each.at];
      if (begun !== undefined || seen.has(each.span.id)) {
        if (begun !== undefined) begun.end = nodes.length;
        stack.pop();
        continue;
      }
      seen.add(each.span.id);
      each.at = nodes.length;
      nodes.push({ span: each.span, depth: each.depth, end: nodes.length + 1 });
      const { depth } = each;
      const below = (children.get(each.span.id) ?? []).toSorted((a, b) => b.startUs - a.startUs);
      for (const span of below) stack.push({ span, depth: depth + 1, at: undefined });
    }
  };
  for (const top of (children.get('') ?? []).toSorted((a, b) => a.startUs - b.startUs)) walk(top);
  for (const span of spans) if (!seen.has(span.id)) walk(span);
  return nodes;
}

/** Indices of the rows in sight: what is folded hides its descendants. */
export function visibleRows(nodes: readonly SpanNode[], folded: ReadonlySet<string>): number[] {
  const rows: number[] = [];
  for (let index = 0; index < nodes.length;) {
    const node = nodes[index];
    if (node === undefined) break;
    rows.push(index);
    index = folded.has(node.span.id) ? node.end : index + 1;
  }
  return rows;
}

/** Indices of the spans whose name or type holds the text, and of what they stand in. */
export function rowsWith(nodes: readonly SpanNode[], text: string): number[] {
  const wanted = text.toLowerCase();
  const rows: number[] = [];
  const above: number[] = [];
  nodes.forEach(({ span, depth }, index) => {
    above.length = depth;
    above[depth] = index;
    if (`${span.name} ${span.type} ${span.status}`.toLowerCase().includes(wanted))
      for (const each of above) if ((rows.at(-1) ?? -1) < each) rows.push(each);
  });
  return rows;
}

/** A stretch of time, microseconds since the epoch. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/** From the first start to the last end. */
export function spanRange(spans: readonly SpanSummary[]): Window {
  let [fromUs, toUs] = [Infinity, -Infinity];
  for (const { startUs, durationUs } of spans) {
    fromUs = Math.min(fromUs, startUs);
    toUs = Math.max(toUs, startUs + (durationUs ?? 0));
  }
  return spans.length === 0 ? { fromUs: 0, toUs: 1 } : { fromUs, toUs: Math.max(toUs, fromUs + 1) };
}
