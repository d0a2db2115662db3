import type { Release } from '@mulle/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { ChangeDialog } from '../../parts/change-dialog.tsx';

const actions = {
  approve: { route: 'approveRelease', when: ['pending', 'paused'], danger: false },
  promote: { route: 'promoteRelease', when: ['running', 'paused'], danger: false },
  pause: { route: 'pauseRelease', when: ['running'], danger: false },
  resume: { route: 'resumeRelease', when: ['paused'], danger: false },
  switch: { route: 'switchRelease', when: ['running', 'paused'], danger: false, only: 'blue-green' },
  rollback: { route: 'rollbackRelease', when: ['pending', 'running', 'paused'], danger: true },
} as const;
type ReleaseAction = keyof typeof actions;
const names = Object.keys(actions) as ReleaseAction[];

interface ReleaseActionsProps {
  release: Release;
  /** The action whose dialog is open, from the address. */
  open: string | undefined;
  onOpen: (action: string | undefined) => void;
}

/** What a person may do to a release in its present state; each asks for the reason, which is kept. */
export function ReleaseActions({ release, open, onOpen }: ReleaseActionsProps): ReactNode {
  const { t } = useTranslation();
  const possible = names.filter((name) => {
    const action = actions[name];
    const isAsked = name !== 'approve' || release.terms?.approvalGates !== undefined;
    const fits = isAsked && (!('only' in action) || action.only === release.strategy.kind);
    return fits && (action.when as readonly string[]).includes(release.state);
  });
  const current = possible.find((name) => name === open);
  return (
    <>
      {possible.map((name) => (
        <Button key={name} tone={actions[name].danger ? 'danger' : 'plain'} onClick={() => onOpen(name)}>
          {t(`release.do.${name}`)}
        </Button>
      ))}
      {current && (
        <ChangeDialog
          route={actions[current].route}
          title={t(`release.do.${current}`)}
          explanation={t(`release.explain.${current}`)}
          confirm={t(`release.do.${current}`)}
          danger={actions[current].danger}
          input={(reason) => ({ params: { id: release.id }, body: { reason } })}
          onClose={() => onOpen(undefined)}
        />
      )}
    </>
  );
}
