import { useQuery } from '@tanstack/react-query';
import { File, Folder } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { control } from '../../api/control.ts';
import { useRoute } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import styles from './experiments.module.css';

interface ArtifactsProps {
  runId: string;
  /** Folder or file shown, from the root of the run; from the address. */
  path: string;
  file: string | undefined;
  onOpen: (place: { path?: string | undefined; file?: string | undefined }) => void;
}

/** The files of a run, folder by folder, with a preview of what can be shown. */
export function Artifacts({ runId, path, file, onOpen }: ArtifactsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const query = path === '' ? {} : { path };
  const list = useRoute('listRunArtifacts', { params: { id: runId }, query });
  const above = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  return (
    <div className={styles['artifacts']}>
      <QueryView query={list} rows={3}>
        {({ items }) => (
          <ul>
            {path !== '' && (
              <li>
                <Button quiet onClick={() => onOpen({ path: above || undefined, file: undefined })}>
                  <Folder size={14} aria-hidden />
                  ..
                </Button>
              </li>
            )}
            {items.length === 0 && path === '' && <li className={styles['soft']}>{t('run.noArtifacts')}</li>}
            {items.map((item) => (
              <li key={item.path} aria-current={item.path === file || undefined}>
                <Button
                  quiet
                  onClick={() => onOpen(item.isFolder ? { path: item.path, file: undefined } : { file: item.path })}
                >
                  {item.isFolder ? <Folder size={14} aria-hidden /> : <File size={14} aria-hidden />}
                  {item.name}
                </Button>
                {item.bytes !== null && <span>{format.bytes(item.bytes)}</span>}
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      {file !== undefined && <Preview key={file} runId={runId} path={file} />}
    </div>
  );
}

/** Of longer files only the head is shown. */
const previewBytes = 200_000;
const previewRows = 200;

interface Loaded {
  kind: 'image' | 'text' | 'table' | 'other';
  /** Of an image its data URL. */
  text: string;
  blob: Blob;
  cut: boolean;
}

/** The page's content security policy lets images come from itself and from `data:`. */
function dataUrl(blob: Blob, type: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(typeof reader.result === 'string' ? reader.result : ''));
    reader.addEventListener('error', () => reject(reader.error ?? new Error(type)));
    reader.readAsDataURL(new Blob([blob], { type }));
  });
}

async function load(runId: string, path: string, signal: AbortSignal): Promise<Loaded> {
  const response = await control().stream('getRunArtifact', { params: { id: runId }, query: { path } }, { signal });
  const blob = await response.blob();
  const type = response.headers.get('content-type') ?? '';
  const cut = blob.size > previewBytes;
  if (type.startsWith('image/')) return { kind: 'image', text: await dataUrl(blob, type), blob, cut: false };
  const text = await blob.slice(0, previewBytes).text();
  // A file with a zero byte is none that people read.
  const kind = text.includes('\0') ? 'other' : /\.csv$/i.test(path) ? 'table' : 'text';
  return { kind, text, blob, cut };
}

function Preview({ runId, path }: { runId: string; path: string }): ReactNode {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['getRunArtifact', runId, path],
    queryFn: ({ signal }) => load(runId, path, signal),
    refetchInterval: false,
  });
  return (
    <section className={styles['preview']} aria-label={path}>
      <QueryView query={query} rows={4}>
        {({ kind, text, blob, cut }) => (
          <>
            <header>
              <strong>{path}</strong>
              <Button onClick={() => save(blob, path)}>{t('run.download')}</Button>
            </header>
            {cut && <p className={styles['soft']}>{t('run.cut')}</p>}
            {kind === 'image' && <img src={text} alt={path} />}
            {kind === 'table' && <CsvTable text={text} name={path} />}
            {kind === 'text' && (
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls, so the keyboard must reach it (WCAG 2.1.1).
              <pre tabIndex={0}>{text}</pre>
            )}
            {kind === 'other' && <p className={styles['soft']}>{t('run.noPreview')}</p>}
          </>
        )}
      </QueryView>
    </section>
  );
}

function save(blob: Blob, path: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = path.slice(path.lastIndexOf('/') + 1);
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Fields of a CSV line; quotes hold commas and doubled quotes (RFC 4180), line breaks inside of them are not read. */
function fieldsOf(line: string): string[] {
  return Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, inQuotes, plain]) =>
    inQuotes === undefined ? (plain ?? '') : inQuotes.replaceAll('""', '"'),
  );
}

function CsvTable({ text, name }: { text: string; name: string }): ReactNode {
  const [head, ...rows] = text.split(/\r?\n/).filter((line) => line !== '');
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls, so the keyboard must reach it (WCAG 2.1.1).
    <section className={styles['csv']} tabIndex={0} aria-label={`${name}, CSV`}>
      <table>
        <thead>
          <tr>
            {fieldsOf(head ?? '').map((each, index) => (
              <th key={index} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, previewRows).map((row, index) => (
            <tr key={index}>
              {fieldsOf(row).map((each, column) => (
                <td key={column}>{each}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
