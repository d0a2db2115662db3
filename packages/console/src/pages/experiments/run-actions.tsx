import type { Run } from '@mulle/contract';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';

/** Where MLflow's clients keep the notes of a run. */
export const notesTag = 'mlflow.note.content';

interface RunActionsProps {
  run: Run;
  /** The dialog that is open, from the address. */
  open: string | undefined;
  onOpen: (action: string | undefined) => void;
}

/** What can be done to a run from outside: name it, write its notes, stop it while it runs. */
export function RunActions({ run, open, onOpen }: RunActionsProps): ReactNode {
  const { t } = useTranslation();
  const close = (): void => onOpen(undefined);
  const params = { id: run.id };
  return (
    <>
      <Button onClick={() => onOpen('edit')}>{t('run.edit')}</Button>
      {run.status === 'running' && (
        <Button tone="danger" onClick={() => onOpen('stop')}>
          {t('run.stop')}
        </Button>
      )}
      {open === 'edit' && <EditDialog run={run} onClose={close} />}
      {open === 'stop' && (
        <ChangeDialog
          route="stopRun"
          title={t('run.stop')}
          explanation={t('run.stopExplain')}
          confirm={t('run.stop')}
          danger
          reason="optional"
          input={(reason) => ({ params, body: reason === '' ? {} : { reason } })}
          onClose={close}
        />
      )}
    </>
  );
}

function EditDialog({ run, onClose }: { run: Run; onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const [name, setName] = useState(run.name);
  const [notes, setNotes] = useState(run.tags[notesTag] ?? '');
  return (
    <ChangeDialog
      route="updateRun"
      title={t('run.edit')}
      explanation={t('run.editExplain')}
      confirm={t('action.save')}
      reason="none"
      input={() => (name.trim() === '' ? undefined : { params: { id: run.id }, body: { name: name.trim(), notes } })}
      onClose={onClose}
    >
      <Field label={t('run.name')}>
        <input
          className={field['input']}
          value={name}
          required
          maxLength={250}
          onChange={({ target }) => setName(target.value)}
        />
      </Field>
      <Field label={t('run.notes')}>
        <textarea
          className={field['input']}
          value={notes}
          rows={8}
          maxLength={100_000}
          onChange={({ target }) => setNotes(target.value)}
        />
      </Field>
    </ChangeDialog>
  );
}
