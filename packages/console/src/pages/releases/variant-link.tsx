import { variantId, type Variant } from '@mulle/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** The variant's id, leading to the model version where it is one. */
export function VariantLink({ variant }: { variant: Variant }): ReactNode {
  return <VariantIdLink id={variantId(variant)} />;
}

export function VariantIdLink({ id }: { id: string }): ReactNode {
  const [, model, version] = /^([^:]+)@(\d+)$/.exec(id) ?? [];
  if (model === undefined || version === undefined) return id;
  return (
    <Link to="/models/$model/versions/$version" params={{ model, version }}>
      {id}
    </Link>
  );
}
