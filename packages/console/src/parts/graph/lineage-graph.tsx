import type { LineageGraph as Graph } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import { Box, Database, FlaskConical, Link2, Package, RadioTower, Table2, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { layoutGraph } from './layout-graph.ts';
import styles from './lineage-graph.module.css';

type Node = Graph['nodes'][number];
const box = { width: 196, height: 46, betweenLayers: 44, betweenRows: 12 } as const;

const icons: Record<Node['kind'], LucideIcon> = {
  'dataset-version': Database,
  'logged-dataset': Table2,
  run: FlaskConical,
  'logged-model': Box,
  source: Link2,
  'model-version': Package,
  endpoint: RadioTower,
};

interface LineageGraphProps {
  graph: Graph;
  /** Kind and id of the node whose page this is. */
  here: string;
}

/** Dataset → run → version → endpoint, each with a link to its page; on a phone a list in the same order. */
export function LineageGraph({ graph, here }: LineageGraphProps): ReactNode {
  const { t } = useTranslation();
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const layout = layoutGraph(
    graph.nodes.map(({ id }) => ({
      name: id,
      dependsOn: graph.edges.flatMap(({ from, to }) => (to === id ? [from] : [])),
    })),
    box,
  );
  return (
    <div className={styles['scroll']}>
      <div className={styles['graph']} style={{ width: layout.width, height: layout.height }}>
        <svg width={layout.width} height={layout.height} aria-hidden>
          {layout.edges.map(({ from, to, path }) => (
            <path key={`${from}:${to}`} d={path} data-near={from === here || to === here || undefined} />
          ))}
        </svg>
        <ol aria-label={t('lineage.title')}>
          {layout.nodes.map(({ name, x, y }) => {
            const node = byId.get(name);
            if (node === undefined) return null;
            const Icon = icons[node.kind];
            return (
              <li
                key={name}
                style={{ left: x, top: y, width: box.width, height: box.height }}
                aria-current={name === here || undefined}
              >
                <Icon size={16} strokeWidth={1.75} aria-hidden />
                <span>{t(`lineage.kind.${node.kind}`)}</span>
                <Subject node={node} />
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}

/** What the node is called, as a link where it has a page. */
function Subject({ node: { kind, subject } }: { node: Node }): ReactNode {
  const at = subject.lastIndexOf('@');
  const [name, version] = at < 0 ? [subject, ''] : [subject.slice(0, at), subject.slice(at + 1)];
  switch (kind) {
    case 'dataset-version':
      return (
        <Link to="/data/$name" params={{ name }} title={subject}>
          {subject}
        </Link>
      );
    case 'run':
      return (
        <Link to="/runs/$id" params={{ id: subject }} title={subject}>
          {subject}
        </Link>
      );
    case 'model-version':
      return (
        <Link to="/models/$model/versions/$version" params={{ model: name, version }} title={subject}>
          {subject}
        </Link>
      );
    case 'endpoint':
      return (
        <Link to="/endpoints/$name" params={{ name: subject }} title={subject}>
          {subject}
        </Link>
      );
    default:
      return <b title={subject}>{subject}</b>;
  }
}
