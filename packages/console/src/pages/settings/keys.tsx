import type { AccessRole } from '@mulle/contract';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute, type Item } from '../../api/use-route.ts';
import { useFormat } from '../../format/use-format.ts';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import field from '../../parts/field.module.css';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { When } from '../../parts/when.tsx';

type Key = Item<'listKeys'>;
const roles: readonly AccessRole[] = ['viewer', 'member', 'maintainer', 'owner'];

/** API keys: listed without their secrets, made, revoked. */
export function Keys({
  open,
  onOpen,
}: {
  open: string | undefined;
  onOpen: (action: string | undefined) => void;
}): ReactNode {
  const { t } = useTranslation();
  const keys = useRoute('listKeys', {});
  const [revoking, setRevoking] = useState<Key>();
  const [secret, setSecret] = useState<string>();
  const columns = useColumns(setRevoking);
  return (
    <Section title={t('key.title')} aside={<Button onClick={() => onOpen('new-key')}>{t('key.create')}</Button>}>
      <QueryView query={keys} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p style={{ color: 'var(--ink-soft)' }}>{t('key.none')}</p>
          ) : (
            <DataTable caption={t('key.title')} columns={columns} rows={items} name="keys" rowKey={({ id }) => id} />
          )
        }
      </QueryView>
      {open === 'new-key' && <CreateKey onClose={() => onOpen(undefined)} onSecret={setSecret} />}
      {secret !== undefined && (
        <Dialog title={t('key.once')} onClose={() => setSecret(undefined)}>
          <p className={field['note']}>{t('key.onceExplain')}</p>
          <ShortId id={secret} length={60} />
        </Dialog>
      )}
      {revoking && (
        <ChangeDialog
          route="deleteKey"
          title={`${t('key.revoke')}: ${revoking.name}`}
          explanation={t('key.revokeExplain')}
          confirm={t('key.revoke')}
          danger
          reason="none"
          input={() => ({ params: { id: revoking.id } })}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Section>
  );
}

function useColumns(onRevoke: (key: Key) => void): Column<Key>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    { id: 'name', label: t('key.name'), value: ({ name }) => name, cell: ({ name }) => name },
    { id: 'role', label: t('key.role'), cell: ({ role }) => t(`key.roles.${role}`) },
    {
      id: 'limit',
      label: t('key.limit'),
      numeric: true,
      wide: true,
      cell: ({ requestsPerSecond }) =>
        requestsPerSecond === null ? t('key.noLimit') : `${format.number(requestsPerSecond)}/s`,
    },
    {
      id: 'created',
      label: t('column.created'),
      numeric: true,
      wide: true,
      time: true,
      value: ({ createdAtMs }) => createdAtMs,
      cell: ({ createdAtMs }) => <When atMs={createdAtMs} />,
    },
    {
      id: 'revoke',
      label: t('key.revoke'),
      numeric: true,
      cell: (key) => (
        <Button quiet aria-label={`${t('key.revoke')}: ${key.name}`} onClick={() => onRevoke(key)}>
          {t('key.revoke')}
        </Button>
      ),
    },
  ];
}

function CreateKey({ onClose, onSecret }: { onClose: () => void; onSecret: (secret: string) => void }): ReactNode {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [role, setRole] = useState<AccessRole>('member');
  const [limit, setLimit] = useState('');
  const perSecond = Number(limit);
  const valid = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name) && (limit === '' || perSecond > 0);
  return (
    <ChangeDialog
      route="createKey"
      title={t('key.create')}
      explanation={t('key.createExplain')}
      confirm={t('key.create')}
      reason="none"
      input={() =>
        valid ? { body: { name, role, ...(limit === '' ? {} : { requestsPerSecond: perSecond }) } } : undefined
      }
      onClose={onClose}
      onDone={({ key }) => onSecret(key)}
    >
      <Field label={t('key.name')}>
        <input
          className={field['input']}
          value={name}
          required
          placeholder="airline-app"
          onChange={({ target }) => setName(target.value)}
        />
      </Field>
      <Field label={t('key.role')}>
        <select
          className={field['input']}
          value={role}
          onChange={({ target }) => setRole(roles.find((each) => each === target.value) ?? 'member')}
        >
          {roles.map((each) => (
            <option key={each} value={each}>
              {t(`key.roles.${each}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('key.limitOptional')}>
        <input
          className={field['input']}
          inputMode="decimal"
          value={limit}
          onChange={({ target }) => setLimit(target.value)}
        />
      </Field>
    </ChangeDialog>
  );
}
