import { apiRoutes, errorTable, type Route } from '@mulle/contract';
import { escapeHtml, page } from './page.ts';

function schemaBlock(title: string, schema: unknown): string {
  if (schema === undefined) return '';
  return `<p>${title}</p><pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`;
}

function entry(name: string, route: Route): string {
  return `<details id="${name}"><summary><b>${route.method}</b> <code>${escapeHtml(route.path)}</code> ${escapeHtml(route.summary)}</summary>
<p>Operation <code>${name}</code>; needs <code>${route.access}</code>.</p>
${schemaBlock('Path', route.params?.properties)}${schemaBlock('Query', route.query?.properties)}${schemaBlock('Body', route.body)}${schemaBlock('Answer', route.response)}
</details>`;
}

/** The API as a page to read: one file, no script, from the same table as the OpenAPI document. */
export function referencePage(version: string): string {
  const groups = new Map<string, string[]>();
  for (const [name, route] of Object.entries<Route>(apiRoutes)) {
    const group = route.path.split('/').slice(1, 3).join('/');
    groups.set(group, [...(groups.get(group) ?? []), entry(name, route)]);
  }
  const sections = [...groups].map(([group, entries]) => `<h2>/${escapeHtml(group)}</h2>\n${entries.join('\n')}`);
  const errors = Object.entries(errorTable).map(([code, row]) => `<li><code>${code}</code> ${row.httpStatus}</li>`);
  return page(
    'Mulle API',
    `<h1>Mulle API ${escapeHtml(version)}</h1>
<p>The same as <a href="/openapi.json">OpenAPI 3.1</a>. Errors are <code>{"error": {"code", "message", "details"}}</code>.</p>
${sections.join('\n')}
<h2>Errors</h2><ul>${errors.join('')}</ul>`,
  );
}
