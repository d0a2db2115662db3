/** Clauses joined by AND and OR, whatever a clause is. An AND of nothing holds for everything, an OR of nothing for nothing. */
export type Filter<Clause> =
  | { readonly clause: Clause }
  | { readonly and: readonly Filter<Clause>[] }
  | { readonly or: readonly Filter<Clause>[] };

/** All of the clauses. */
export function allOf<Clause>(clauses: readonly Clause[]): Filter<Clause> {
  return { and: clauses.map((clause) => ({ clause })) };
}

/** The filter with what `map` makes of each of its clauses in its place. */
export function mapFilter<From, To>(filter: Filter<From>, map: (clause: From) => Filter<To>): Filter<To> {
  if ('clause' in filter) return map(filter.clause);
  if ('and' in filter) return { and: filter.and.map((part) => mapFilter(part, map)) };
  return { or: filter.or.map((part) => mapFilter(part, map)) };
}

/** Whether all of its clauses are of a kind; true of none. */
export function everyClause<Clause>(filter: Filter<Clause>, holds: (clause: Clause) => boolean): boolean {
  if ('clause' in filter) return holds(filter.clause);
  return ('and' in filter ? filter.and : filter.or).every((part) => everyClause(part, holds));
}
