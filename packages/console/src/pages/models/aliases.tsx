import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import styles from './aliases.module.css';

/** Aliases with the version that each points at. */
export function Aliases({ model, aliases }: { model: string; aliases: Readonly<Record<string, number>> }): ReactNode {
  return (
    <ul className={styles['list']}>
      {Object.entries(aliases).map(([alias, version]) => (
        <li key={alias}>
          <Link to="/models/$model/versions/$version" params={{ model, version: String(version) }}>
            {alias}
          </Link>{' '}
          <span>{version}</span>
        </li>
      ))}
    </ul>
  );
}

/** The aliases of one version, by name alone. */
export function AliasNames({ names }: { names: readonly string[] }): ReactNode {
  return (
    <ul className={styles['list']}>
      {names.map((name) => (
        <li key={name} className={styles['tag']}>
          {name}
        </li>
      ))}
    </ul>
  );
}
