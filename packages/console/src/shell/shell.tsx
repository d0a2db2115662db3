import { Outlet } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Palette } from './palette.tsx';
import { usePreferences } from './preferences.ts';
import { Rail } from './rail.tsx';
import styles from './shell.module.css';
import { TopBar } from './top-bar.tsx';

/** Everything round a page: rail, bar, command palette. */
export function Shell(): ReactNode {
  const { t } = useTranslation();
  const { railCollapsed } = usePreferences();
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent): void => {
      if (event.code !== 'KeyK' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setPaletteOpen(true);
    };
    addEventListener('keydown', open);
    return () => removeEventListener('keydown', open);
  }, []);
  return (
    <div className={styles['shell']} data-collapsed={railCollapsed || undefined}>
      <a className={styles['skip']} href="#content">
        {t('shell.skip')}
      </a>
      <Rail open={menuOpen} onClose={() => setMenuOpen(false)} />
      <div className={styles['body']}>
        <TopBar onSearch={() => setPaletteOpen(true)} onMenu={() => setMenuOpen(true)} />
        <main id="content" tabIndex={-1} className={styles['content']}>
          <Outlet />
        </main>
      </div>
      {paletteOpen && <Palette onClose={() => setPaletteOpen(false)} />}
    </div>
  );
}
