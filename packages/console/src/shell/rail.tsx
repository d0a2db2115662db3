import { Link, useLocation } from '@tanstack/react-router';
import { PanelLeftClose, PanelLeftOpen, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { changePreferences, usePreferences } from './preferences.ts';
import styles from './rail.module.css';
import { sectionOf, sections } from './sections.ts';
import { WheelMark } from './wheel-mark.tsx';

/** The left rail; on a phone a sheet that `open` shows. */
export function Rail({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { railCollapsed } = usePreferences();
  const current = sectionOf(useLocation().pathname);
  const Fold = railCollapsed ? PanelLeftOpen : PanelLeftClose;
  return (
    <nav className={styles['rail']} data-open={open || undefined} aria-label={t('shell.sections')}>
      <div className={styles['brand']}>
        <WheelMark size={22} strokeWidth={1.75} />
        <span lang={t('shell.brandLanguage')}>{t('shell.brand')}</span>
        <button type="button" className={styles['close']} aria-label={t('action.close')} onClick={onClose}>
          <X size={18} aria-hidden />
        </button>
      </div>
      <ul>
        {sections.map(({ path, name, Icon }) => (
          <li key={name}>
            <Link
              to={path}
              title={railCollapsed ? t(`section.${name}`) : undefined}
              aria-current={current?.path === path ? 'page' : undefined}
              onClick={onClose}
            >
              <Icon size={17} strokeWidth={1.75} aria-hidden />
              <span>{t(`section.${name}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className={styles['fold']}
        aria-expanded={!railCollapsed}
        onClick={() => changePreferences({ railCollapsed: !railCollapsed })}
      >
        <Fold size={16} strokeWidth={1.75} aria-hidden />
        <span>{t('shell.fold')}</span>
      </button>
    </nav>
  );
}
