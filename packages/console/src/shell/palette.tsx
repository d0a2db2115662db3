import { Search } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePaletteEntries, type PaletteEntry } from './palette-entries.ts';
import styles from './palette.module.css';

/** Goes anywhere by name. A combobox over a list (WAI-ARIA 1.2); Enter that ends a composition of Hangul is left alone. */
export function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const [search, setSearch] = useState('');
  const [current, setCurrent] = useState(0);
  const entries = usePaletteEntries(search);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => document.getElementById(`palette-${current}`)?.scrollIntoView({ block: 'nearest' }), [current]);

  const choose = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    dialog.current?.close();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = event.code === 'ArrowDown' ? 1 : event.code === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setCurrent((current + step + entries.length) % Math.max(1, entries.length));
    else if (event.code === 'Enter' || event.code === 'NumpadEnter') choose(entries[current]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} className={styles['palette']} aria-label={t('palette.title')} onClose={onClose}>
      <div className={styles['search']}>
        <Search size={16} aria-hidden />
        <input
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={entries.length > 0 ? `palette-${current}` : undefined}
          aria-label={t('palette.title')}
          placeholder={t('palette.hint')}
          value={search}
          onChange={({ target }) => {
            setSearch(target.value);
            setCurrent(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a datalist can neither group nor be styled. */}
      <div id="palette-list" role="listbox" aria-label={t('palette.title')} className={styles['list']}>
        {entries.map((entry, index) => (
          // The input keeps the focus and tells the keys; a pointer may choose as well.
          <div
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onMouseMove={() => setCurrent(index)}
            onClick={() => choose(entry)}
            onKeyDown={onKeyDown}
          >
            <span>{entry.label}</span>
            <small>{entry.group}</small>
          </div>
        ))}
      </div>
      {/* oxlint-enable jsx-a11y/prefer-tag-over-role */}
      {entries.length === 0 && <p className={styles['none']}>{t('palette.none')}</p>}
    </dialog>
  );
}
