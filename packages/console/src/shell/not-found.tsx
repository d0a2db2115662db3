import { Link, useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import styles from './not-found.module.css';
import { sections } from './sections.ts';

/** An address that no page has: says so, and offers the nearest ways on. */
export function NotFound(): ReactNode {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <Page title={t('notFound.title')}>
      <p className={styles['text']}>
        {t('notFound.text')} <code>{pathname}</code>
      </p>
      <ul className={styles['list']}>
        {sections.map(({ path, name, Icon }) => (
          <li key={name}>
            <Link to={path}>
              <Icon size={16} strokeWidth={1.75} aria-hidden />
              {t(`section.${name}`)}
            </Link>
            <span>{t(`sectionHint.${name}`)}</span>
          </li>
        ))}
      </ul>
    </Page>
  );
}
