import type { ServableRuleSet } from '@mulle/contract';
import type { CompiledExpression, CompiledRuleSet, compileExpression, compileRuleSet } from '@mulle/decision/rules';

/** A rule set that is asked somewhere on the path. */
export interface ServingRules {
  /** `rules:spam@2` */
  readonly id: string;
  readonly version: string;
  readonly compiled: CompiledRuleSet;
}

/**
 * Compiles rule sets, each once: a version that goes on through a swap of definitions is not compiled again. The engine
 * is loaded with the first rule set; processes that have none are spared its memory.
 */
export class RuleCompiler {
  #engine: { compileRuleSet: typeof compileRuleSet; compileExpression: typeof compileExpression } | undefined;
  #compiled = new Map<string, ServingRules>();
  #kept = new Map<string, ServingRules>();

  /** Before definitions with rules are compiled. */
  async load(): Promise<void> {
    this.#engine ??= await import('@mulle/decision/rules');
  }

  /** The rule sets of the next definitions begin here. */
  begin(): void {
    this.#kept = this.#compiled;
    this.#compiled = new Map();
  }

  /** Throws RangeError on rules that cannot be used. */
  compile(servable: ServableRuleSet): ServingRules {
    const key = JSON.stringify(servable);
    let rules = this.#compiled.get(key) ?? this.#kept.get(key);
    if (rules === undefined) {
      const { id, version, definition } = servable;
      rules = { id, version, compiled: this.#loaded().compileRuleSet(definition) };
    }
    this.#compiled.set(key, rules);
    return rules;
  }

  /** Throws RangeError on an expression that cannot be used. */
  expression(source: string): CompiledExpression {
    return this.#loaded().compileExpression(source);
  }

  #loaded() {
    if (this.#engine === undefined) throw new RangeError('The rule engine is not loaded.');
    return this.#engine;
  }
}
