import type { ServableRuleSet } from '@mulle/contract';
import type { CompiledRuleSet, compileRuleSet } from '@mulle/decision/rules';

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
  #compile: typeof compileRuleSet | undefined;
  #compiled = new Map<string, ServingRules>();
  #kept = new Map<string, ServingRules>();

  /** Before definitions with rules are compiled. */
  async load(): Promise<void> {
    this.#compile ??= (await import('@mulle/decision/rules')).compileRuleSet;
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
      if (this.#compile === undefined) throw new RangeError('The rule engine is not loaded.');
      const { id, version, definition } = servable;
      rules = { id, version, compiled: this.#compile(definition) };
    }
    this.#compiled.set(key, rules);
    return rules;
  }
}
