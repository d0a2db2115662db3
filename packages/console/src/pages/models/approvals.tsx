import type { Approval } from '@mulle/contract';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useRoute } from '../../api/use-route.ts';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';
import { Section } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import styles from './approvals.module.css';

type Verdict = Approval['verdict'];

/** Who approved or rejected a version, when and why; and the way to do so. */
export function Approvals({ model, version }: { model: string; version: number }): ReactNode {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Verdict>();
  const params = { model, version };
  const approvals = useRoute('listApprovals', { params });
  return (
    <Section title={t('model.approvals')}>
      <QueryView query={approvals} rows={2}>
        {({ items }) => (
          <ul className={styles['list']}>
            {items.length === 0 && <li className={styles['none']}>{t('model.noApprovals')}</li>}
            {items.map(({ id, verdict, actor, reason, createdAtMs }) => (
              <li key={id}>
                <Status state={verdict} />
                <span>{actor}</span>
                <span className={styles['reason']}>{reason}</span>
                <When atMs={createdAtMs} />
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      <div className={styles['actions']}>
        <Button onClick={() => setAsked('approved')}>{t('model.approve')}</Button>
        <Button tone="danger" onClick={() => setAsked('rejected')}>
          {t('model.reject')}
        </Button>
      </div>
      {asked && (
        <ChangeDialog
          route="createApproval"
          title={t(asked === 'approved' ? 'model.approve' : 'model.reject')}
          explanation={t('model.approvalExplain')}
          confirm={t(asked === 'approved' ? 'model.approve' : 'model.reject')}
          danger={asked === 'rejected'}
          input={(reason) => ({ params, body: { verdict: asked, reason } })}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Section>
  );
}
