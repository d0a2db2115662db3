import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from '@tanstack/react-router';
import { quoted } from '../../api/teach.ts';
import { useRoute } from '../../api/use-route.ts';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';

interface DeployDialogProps {
  endpoint: string;
  /** What to offer first, from the address. */
  model: string | undefined;
  version: string | undefined;
  onClose: () => void;
}

/** Releases a version of a model to an endpoint, by the endpoint's policy. */
export function DeployDialog({ endpoint, onClose, ...first }: DeployDialogProps): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const models = useRoute('listModels', {});
  const [chosenModel, setModel] = useState(first.model);
  const [chosenVersion, setVersion] = useState(first.version);
  const model = chosenModel ?? models.data?.items[0]?.name ?? '';
  const latest = models.data?.items.find(({ name }) => name === model)?.latest?.version;
  const version = Number(chosenVersion ?? latest);
  const valid = model !== '' && Number.isInteger(version) && version > 0;
  return (
    <ChangeDialog
      route="deploy"
      title={t('endpoint.deploy')}
      explanation={t('endpoint.deployExplain')}
      confirm={t('endpoint.deploy')}
      reason="optional"
      input={(reason) =>
        valid
          ? { params: { name: endpoint }, body: { model, version, ...(reason === '' ? {} : { reason }) } }
          : undefined
      }
      cli={(reason) =>
        `mulle deploy ${model}@${version} --endpoint ${endpoint}${reason === '' ? '' : ` --reason ${quoted(reason)}`}`
      }
      onClose={onClose}
      onDone={({ id }) => void navigate({ to: '/releases/$id', params: { id } })}
    >
      <Field label={t('column.model')}>
        <select className={field['input']} value={model} onChange={({ target }) => setModel(target.value)}>
          {(models.data?.items ?? []).map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <Field label={t('column.version')}>
        <input
          className={field['input']}
          inputMode="numeric"
          pattern="[0-9]+"
          required
          value={chosenVersion ?? latest ?? ''}
          onChange={({ target }) => setVersion(target.value)}
        />
      </Field>
    </ChangeDialog>
  );
}
