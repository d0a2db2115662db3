import { MulleError } from '#kernel/errors.ts';

export interface Token {
  readonly kind: 'word' | 'quoted' | 'text' | 'symbol';
  readonly text: string;
}

const tokenPattern =
  /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`([^`]*)`|([<>!]=|[=<>(),.])|([^\s'"`=<>!(),.]+))/uy;

function unescaped(text: string): string {
  return text.replaceAll(/\\(['"])/g, '$1');
}

function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  const end = filter.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const match = tokenPattern.exec(filter);
    if (!match) throw new MulleError('invalid_argument', `Invalid filter '${filter}'. Could not be parsed.`);
    const [, single, double, backtick, symbol, word] = match;
    if (single !== undefined) tokens.push({ kind: 'text', text: unescaped(single) });
    else if (double !== undefined) tokens.push({ kind: 'quoted', text: unescaped(double) });
    else if (backtick !== undefined) tokens.push({ kind: 'quoted', text: backtick });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

/** Walks the tokens of a filter; throws `invalid_argument`, in MLflow's words, on what does not fit. */
export class FilterCursor {
  readonly #tokens: readonly Token[];
  readonly #filter: string;
  #at = 0;

  constructor(filter: string) {
    this.#filter = filter;
    this.#tokens = tokensOf(filter);
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  next(): Token {
    return this.#tokens[this.#at++] ?? this.fail();
  }

  /** Takes the next token if it is this symbol or word. */
  takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    const same = (token?.kind === 'symbol' || token?.kind === 'word') && token.text.toUpperCase() === text;
    if (same) this.#at++;
    return same;
  }

  expect(text: string): void {
    if (!this.takes(text)) this.fail();
  }

  fail(): never {
    throw new MulleError('invalid_argument', `Invalid clause(s) in filter string: '${this.#filter}'`);
  }
}
