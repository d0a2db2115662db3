import type { Answer } from '../../api/use-route.ts';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import { Markdown } from '../../parts/markdown.tsx';
import { Section } from '../../parts/page.tsx';
import styles from './version.module.css';

/** The page for people about a model: intended use, data, metrics, limits. */
export function ModelCard({ model }: { model: Answer<'getModel'> }): ReactNode {
  const { t } = useTranslation();
  const [writing, setWriting] = useState(false);
  return (
    <Section title={t('model.card')} aside={<Button onClick={() => setWriting(true)}>{t('run.edit')}</Button>}>
      {model.description.trim() === '' ? (
        <p className={styles['soft']}>{t('model.noCard')}</p>
      ) : (
        <Markdown text={model.description} />
      )}
      {writing && <CardDialog model={model} onClose={() => setWriting(false)} />}
    </Section>
  );
}

function CardDialog({ model, onClose }: { model: Answer<'getModel'>; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState(model.description || t('model.cardOutline'));
  return (
    <ChangeDialog
      route="describeModel"
      title={t('model.card')}
      explanation={t('model.cardExplain')}
      confirm={t('action.save')}
      reason="none"
      input={() => ({ params: { model: model.name }, body: { description: text } })}
      onClose={onClose}
    >
      <Field label={t('model.cardText')}>
        <textarea
          className={field['input']}
          rows={14}
          maxLength={100_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </Field>
    </ChangeDialog>
  );
}
