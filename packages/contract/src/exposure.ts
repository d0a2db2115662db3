import { Type, type Static } from './type.ts';
import { Name } from './names.ts';

/**
 * A unit met an arm that a client assigned on its own side (OFREP, GrowthBook's SDKs, on device). It counts as a
 * decision of the release, whose source is `client`: outcomes join it by its id.
 */
export const Exposure = Type.Object(
  {
    /** Makes a retry safe, and is what outcomes name as `decisionId`. Default: made by the server, and told. */
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    unit: Type.String({ minLength: 1, maxLength: 1_000 }),
    /** As the assignment told it: `metadata.releaseId` of OFREP, the experiment's key of GrowthBook. */
    releaseId: Type.String({ minLength: 1, maxLength: 128 }),
    /** The arm: `variant` of OFREP, the variation's key of GrowthBook. */
    group: Name,
    /**
     * As it was told with the assignment. Without it an exposure counts where the shares of the release never change;
     * elsewhere it is kept and takes no part in any analysis, for a propensity cannot be made up afterwards.
     */
    propensity: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    /** When the unit met it, ms since the epoch; default: now. */
    eventTimeMs: Type.Optional(Type.Number()),
    /** What is known of the unit: covariates and segments. */
    inputs: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()])),
    ),
  },
  { additionalProperties: false },
);
export type Exposure = Static<typeof Exposure>;

/** Body of `POST /v1/endpoints/{name}/exposures` on the traffic port. */
export const RecordExposures = Type.Object(
  { exposures: Type.Array(Exposure, { minItems: 1, maxItems: 10_000 }) },
  { additionalProperties: false },
);
export type RecordExposures = Static<typeof RecordExposures>;
