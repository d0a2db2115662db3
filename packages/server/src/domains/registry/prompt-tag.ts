import { sql, type RawBuilder } from 'kysely';

/** MLflow stores prompts as registered models with this tag. */
const promptTag = 'mlflow.prompt.is_prompt';

/** Whether the model whose name stands in `column` is, or is no, prompt. */
export function isPrompt(column: string, wanted: boolean): RawBuilder<boolean> {
  const tagged = sql`select 1 from model_tags p where p.model = ${sql.ref(column)} and p.key = ${promptTag} and lower(p.value) = 'true'`;
  return wanted ? sql<boolean>`exists (${tagged})` : sql<boolean>`not exists (${tagged})`;
}
