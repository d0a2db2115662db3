import { Link, useLocation } from '@tanstack/react-router';
import { Menu, Monitor, Moon, Search, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useActivityFeed } from '../api/activity-feed.ts';
import { useManifest } from '../api/use-manifest.ts';
import { changePreferences, usePreferences, type Theme } from './preferences.ts';
import { RangeChoice } from './range-choice.tsx';
import { sectionOf } from './sections.ts';
import styles from './top-bar.module.css';

interface TopBarProps {
  onSearch: () => void;
  onMenu: () => void;
}

const nextTheme: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const themeIcon = { system: Monitor, light: Sun, dark: Moon } as const;

export function TopBar({ onSearch, onMenu }: TopBarProps): ReactNode {
  const { t } = useTranslation();
  const { language, theme } = usePreferences();
  const ThemeIcon = themeIcon[theme];
  return (
    <header className={styles['bar']}>
      <button type="button" className={styles['menu']} aria-label={t('shell.menu')} onClick={onMenu}>
        <Menu size={18} aria-hidden />
      </button>
      <Breadcrumb />
      <Connection />
      <RangeChoice />
      <button type="button" className={styles['search']} aria-label={t('palette.title')} onClick={onSearch}>
        <Search size={14} aria-hidden />
        <span>{t('shell.search')}</span>
        <kbd>{/Mac|iP/.test(navigator.userAgent) ? '⌘' : 'Ctrl'} K</kbd>
      </button>
      <button
        type="button"
        className={styles['small']}
        lang={language === 'ko' ? 'en' : 'ko'}
        aria-label={language === 'ko' ? 'Read in English' : '한국어로 보기'}
        onClick={() => changePreferences({ language: language === 'ko' ? 'en' : 'ko' })}
      >
        {language === 'ko' ? 'EN' : '한'}
      </button>
      <button
        type="button"
        className={styles['small']}
        aria-label={`${t('settings.theme')}: ${t(`theme.${theme}`)}`}
        title={t(`theme.${theme}`)}
        onClick={() => changePreferences({ theme: nextTheme[theme] })}
      >
        <ThemeIcon size={16} strokeWidth={1.75} aria-hidden />
      </button>
    </header>
  );
}

/** Project, section, and what of it: each step a link but the last. */
function Breadcrumb(): ReactNode {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const applied = useManifest();
  const section = sectionOf(pathname);
  const steps = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const model = steps[0] === 'models' && steps.length > 2 ? steps[1] : undefined;
  const last = steps.length > 1 ? steps.at(-1) : undefined;
  return (
    <nav className={styles['crumbs']} aria-label={t('shell.breadcrumb')}>
      <ol>
        <li className={styles['project']}>{applied?.manifest.project ?? t('shell.brand')}</li>
        {section && (
          <li>
            {last === undefined ? (
              t(`section.${section.name}`)
            ) : (
              <Link to={section.path}>{t(`section.${section.name}`)}</Link>
            )}
          </li>
        )}
        {model !== undefined && (
          <li>
            <Link to="/models/$model" params={{ model }}>
              {model}
            </Link>
          </li>
        )}
        {last !== undefined && <li className={styles['last']}>{last}</li>}
      </ol>
    </nav>
  );
}

/** Whether what is shown follows what happens. */
function Connection(): ReactNode {
  const { t } = useTranslation();
  const { connection } = useActivityFeed();
  return (
    <output className={styles['connection']} data-connection={connection} title={t(`connection.${connection}Hint`)}>
      <i aria-hidden />
      <span>{t(`connection.${connection}`)}</span>
    </output>
  );
}
