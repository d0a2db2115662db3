import type { ModelVersion, TensorSpec } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Section } from '../../parts/page.tsx';
import styles from './version.module.css';

/** What a version takes and gives: named tensors where its files tell them, else the columns of a row in their order. */
export function Signature({ version: { signature, features } }: { version: ModelVersion }): ReactNode {
  const { t } = useTranslation();
  if (signature === null && features.length === 0) return null;
  return (
    <Section title={t('model.signature')}>
      {signature !== null && (
        <div className={styles['signature']}>
          <Tensors title={t('trace.inputs')} tensors={signature.inputs} />
          {signature.outputs.length > 0 && <Tensors title={t('trace.outputs')} tensors={signature.outputs} />}
        </div>
      )}
      {features.length > 0 && (
        <>
          <h3>
            {t('model.features')} <small>{features.length}</small>
          </h3>
          <ol className={styles['features']}>
            {features.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ol>
        </>
      )}
    </Section>
  );
}

function Tensors({ title, tensors }: { title: string; tensors: readonly TensorSpec[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <table className={styles['tensors']}>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t('run.name')}</th>
          <th scope="col">{t('data.type')}</th>
          <th scope="col">{t('model.shape')}</th>
        </tr>
      </thead>
      <tbody>
        {tensors.map(({ name, datatype, shape }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{datatype}</td>
            <td>
              <code>[{shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
