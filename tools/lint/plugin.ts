import { relative, sep } from 'node:path';
import { layerViolation } from './layers.ts';

/**
 * Mulle's own lint rules, loaded by oxlint through `jsPlugins`. Only what oxlint's rules cannot say stands here.
 * The types are the few of ESLint's rule interface that are used; oxlint exports none.
 */
interface Node {
  type: string;
  source?: { value?: unknown } | null;
  callee?: { type: string; name?: string };
  arguments?: readonly unknown[];
}
interface Context {
  cwd: string;
  filename: string;
  report(problem: { node: Node; message: string }): void;
}
type Rule = { create(context: Context): Record<string, (node: Node) => void> };

const layers: Rule = {
  create(context) {
    const importer = relative(context.cwd, context.filename).split(sep).join('/');
    const check = (node: Node): void => {
      const specifier = node.source?.value;
      const message = typeof specifier === 'string' ? layerViolation(importer, specifier) : undefined;
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    };
  },
};

const noCurrentDate: Rule = {
  create(context) {
    const check = (node: Node): void => {
      if (node.callee?.type !== 'Identifier' || node.callee.name !== 'Date') return;
      if (node.type === 'NewExpression' && node.arguments?.length !== 0) return;
      context.report({ node, message: 'The current time comes from nowMs() of #kernel/clock.ts, or is passed in.' });
    };
    return { NewExpression: check, CallExpression: check };
  },
};

export default { meta: { name: 'mulle' }, rules: { layers, 'no-current-date': noCurrentDate } };
