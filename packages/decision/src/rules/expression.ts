/**
 * CEL expressions with bounds that hold on the request path, where nothing may take long.
 *
 * CEL has no loops but its list macros (`exists`, `map` …), and all values of a request are scalars: an expression's
 * cost is bounded by its size. At most 500 nodes, 32 deep, 100 elements a list, macros not inside macros. `matches`
 * runs on RE2, whose time grows with the text only; its pattern is part of the expression, so that it is compiled once.
 *
 * Beyond the standard, numbers may be mixed (`input.age + 1`): JSON does not tell 30 from 30.0.
 */
import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** What an expression sees. A name that is not there fails it. */
export interface ExpressionScope {
  readonly input: Readonly<Record<string, unknown>>;
  readonly feature: Readonly<Record<string, unknown>>;
  readonly enriched: Readonly<Record<string, unknown>>;
  /** The model's answer; NaN where there is none. */
  readonly score: number;
}

export type CelValue = number | string | boolean | null;

export interface CompiledExpression {
  readonly source: string;
  readonly ast: ASTNode;
  /** Throws Error where the scope lacks a name, or values are of other types than the expression needs. */
  evaluate(scope: ExpressionScope): CelValue;
}

const limits = { maxAstNodes: 500, maxDepth: 32, maxListElements: 100, maxMapEntries: 16, maxCallArguments: 8 };
const patternCharacters = 256;
const macros = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

function createEnvironment(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: false, limits });
  for (const name of ['input', 'feature', 'enriched']) environment.registerVariable(name, 'map');
  environment.registerVariable('score', 'double');
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const mixed = (left: number | bigint, right: number | bigint): number => apply(Number(left), Number(right));
    environment.registerOperator(`double ${operator} int: double`, mixed);
    environment.registerOperator(`int ${operator} double: double`, mixed);
  }
  environment.registerFunction('string.re2(string): bool', (text: string, pattern: string) =>
    compilePattern(pattern).test(text),
  );
  return environment;
}

const patterns = new Map<string, RE2JS>();
const patternsKept = 10_000;

function compilePattern(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const compiled = RE2JS.compile(pattern);
  if (patterns.size < patternsKept) patterns.set(pattern, compiled);
  return compiled;
}

let environment: Environment | undefined;

/** Compiles an expression. Throws RangeError with a sentence that says what is wrong with it. */
export function compileExpression(source: string): CompiledExpression {
  environment ??= createEnvironment();
  try {
    const parsed = environment.parse(withSafePatterns(source, environment.parse(source).ast));
    const checked = parsed.check();
    if (checked.error !== undefined) throw checked.error;
    return { source, ast: parsed.ast, evaluate: (scope) => scalarOf(parsed({ ...scope }), source) };
  } catch (thrown) {
    const [first] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    throw new RangeError(`"${shortened(source)}" is no expression that can be used: ${first ?? ''}`, { cause: thrown });
  }
}

function shortened(source: string): string {
  return source.length <= 80 ? source : `${source.slice(0, 79)}…`;
}

/** The source with RE2 in place of `matches`; throws where a pattern is computed, or macros are nested. */
function withSafePatterns(source: string, ast: ASTNode): string {
  let safe = source;
  // From the end, so that positions before it stay.
  for (const { receiver, pattern } of callsOfMatches(ast).toSorted((a, b) => b.pattern.start - a.pattern.start)) {
    if (pattern.op !== 'value' || typeof pattern.args !== 'string')
      throw new Error('a pattern must be written as text');
    if (pattern.args.length > patternCharacters)
      throw new Error(`a pattern has at most ${patternCharacters} characters`);
    compilePattern(pattern.args);
    const between = safe.slice(receiver.end, pattern.start).replace('matches', 're2');
    safe = safe.slice(0, receiver.end) + between + safe.slice(pattern.start);
  }
  return safe;
}

interface MatchesCall {
  readonly receiver: ASTNode;
  readonly pattern: ASTNode;
}

function callsOfMatches(ast: ASTNode): MatchesCall[] {
  const found: MatchesCall[] = [];
  const visit = (node: ASTNode, inMacro: boolean): void => {
    const isMacro = node.op === 'rcall' && macros.has(node.args[0]);
    if (isMacro && inMacro) throw new Error('a list macro stands inside another');
    if (node.op === 'rcall' && node.args[0] === 're2') throw new Error('write matches');
    if (node.op === 'rcall' && node.args[0] === 'matches') {
      const [, receiver, [pattern]] = node.args;
      if (pattern !== undefined) found.push({ receiver, pattern });
    }
    for (const child of childrenOf(node)) visit(child, inMacro || isMacro);
  };
  visit(ast, false);
  return found;
}

/** The nodes directly below one. */
function childrenOf(node: ASTNode): ASTNode[] {
  const nodes: ASTNode[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (isNode(value)) nodes.push(value);
  };
  collect(node.args);
  return nodes;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function scalarOf(value: unknown, source: string): CelValue {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  throw new TypeError(`"${shortened(source)}" gives neither a number, text, true, false nor null.`);
}
