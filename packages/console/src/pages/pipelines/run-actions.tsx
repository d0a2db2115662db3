import type { PipelineRun } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';

interface RunActionsProps {
  run: PipelineRun;
  open: string | undefined;
  onOpen: (action: string | undefined) => void;
}

/** Cancel while it runs; resume from the failed tasks after. */
export function RunActions({ run, open, onOpen }: RunActionsProps): ReactNode {
  const { t } = useTranslation();
  const close = (): void => onOpen(undefined);
  const running = run.state === 'running';
  const resumable = run.state === 'failed' || run.state === 'cancelled';
  const input = (): { params: { id: string } } => ({ params: { id: run.id } });
  return (
    <>
      {running && (
        <Button tone="danger" onClick={() => onOpen('cancel')}>
          {t('pipeline.cancel')}
        </Button>
      )}
      {resumable && (
        <Button tone="primary" onClick={() => onOpen('resume')}>
          {t('pipeline.resume')}
        </Button>
      )}
      {open === 'cancel' && running && (
        <ChangeDialog
          route="cancelPipelineRun"
          title={t('pipeline.cancel')}
          explanation={t('pipeline.cancelExplain')}
          confirm={t('pipeline.cancel')}
          danger
          reason="none"
          input={input}
          onClose={close}
        />
      )}
      {open === 'resume' && resumable && (
        <ChangeDialog
          route="resumePipelineRun"
          title={t('pipeline.resume')}
          explanation={t('pipeline.resumeExplain')}
          confirm={t('pipeline.resume')}
          reason="none"
          input={input}
          onClose={close}
        />
      )}
    </>
  );
}
