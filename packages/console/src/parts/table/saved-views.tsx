import { Bookmark, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';
import { Popover } from '../popover.tsx';
import field from '../field.module.css';
import styles from './table-bar.module.css';
import type { TableView, ViewTexts } from './use-table-view.ts';

type Saved = Record<string, ViewTexts>;

function isTexts(value: unknown): value is ViewTexts {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['q', 'sort', 'columns'].every((part) => typeof Reflect.get(value, part) === 'string')
  );
}

function read(place: string): Saved {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '{}');
    return Object.fromEntries(
      Object.entries(kept ?? {}).filter((entry): entry is [string, ViewTexts] => isTexts(entry[1])),
    );
  } catch {
    return {};
  }
}

/** Filter, order and columns under a name, kept in this browser; a view's address is a link that anybody can open. */
export function SavedViews({ table, view }: { table: string; view: TableView }): ReactNode {
  const { t } = useTranslation();
  const place = `mulle.views:${table}`;
  const [saved, setSaved] = useState(() => read(place));
  const [name, setName] = useState('');
  function keep(next: Saved): void {
    localStorage.setItem(place, JSON.stringify(next));
    setSaved(next);
  }
  const names = Object.keys(saved);
  return (
    <Popover
      label={
        <>
          <Bookmark size={14} aria-hidden />
          {t('table.views')}
        </>
      }
    >
      {(close) => (
        <div className={styles['views']}>
          {names.length === 0 && <p>{t('table.noViews')}</p>}
          <ul>
            {names.map((each) => (
              <li key={each}>
                <Button
                  quiet
                  onClick={() => {
                    view.change(saved[each] ?? {});
                    close();
                  }}
                >
                  {each}
                </Button>
                <Button
                  quiet
                  aria-label={`${t('table.forget')}: ${each}`}
                  onClick={() => keep(Object.fromEntries(Object.entries(saved).filter(([other]) => other !== each)))}
                >
                  <X size={14} aria-hidden />
                </Button>
              </li>
            ))}
          </ul>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() === '') return;
              keep({ ...saved, [name.trim()]: view.texts });
              setName('');
            }}
          >
            <input
              className={field['input']}
              aria-label={t('table.viewName')}
              placeholder={t('table.viewName')}
              maxLength={80}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
            <Button type="submit" disabled={name.trim() === ''}>
              {t('table.save')}
            </Button>
          </form>
        </div>
      )}
    </Popover>
  );
}
