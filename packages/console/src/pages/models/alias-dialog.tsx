import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';

/** Points an alias at a version; moves no traffic unless an endpoint follows the alias. */
export function AliasDialog({
  model,
  version,
  onClose,
}: {
  model: string;
  version: number;
  onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const [alias, setAlias] = useState('');
  return (
    <ChangeDialog
      route="setAlias"
      title={t('model.setAlias')}
      explanation={t('model.setAliasExplain')}
      confirm={t('model.setAlias')}
      reason="optional"
      input={(reason) =>
        alias === '' ? undefined : { params: { model, alias }, body: { version, ...(reason === '' ? {} : { reason }) } }
      }
      onClose={onClose}
    >
      <Field label={t('model.alias')}>
        <input
          className={field['input']}
          value={alias}
          required
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,127}"
          placeholder="champion"
          onChange={({ target }) => setAlias(target.value)}
        />
      </Field>
    </ChangeDialog>
  );
}
