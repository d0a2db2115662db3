import { Type, type Static } from './type.ts';
import { FieldName, Name } from './names.ts';

/**
 * Reads windows of decisions and outcomes of an endpoint and writes findings.
 * Windows hold `windowRows` decisions (default 1,000), for `quality` decisions with their label. The reference of drift
 * is the first full window and stays: inputs do not change with the model. That of quality is the first full window
 * of the version that answers, and is taken anew after a promotion; so is that of prediction drift. That of label drift
 * stays.
 */
export const MonitorDefinition = Type.Union([
  Type.Object(
    {
      name: Name,
      kind: Type.Literal('drift'),
      endpoint: Name,
      /** Inputs or features to watch; default: all numeric inputs. */
      columns: Type.Optional(Type.Array(FieldName)),
      windowRows: Type.Optional(Type.Integer({ minimum: 100 })),
      /** PSI above which a column is reported; default 0.25 (major). */
      psi: Type.Optional(Type.Number()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      name: Name,
      kind: Type.Literal('quality'),
      endpoint: Name,
      /** Name of the outcome value with the 0/1 label. */
      label: Type.String(),
      windowRows: Type.Optional(Type.Integer({ minimum: 100 })),
      /** Log loss of a window above the reference's by more than this is a finding; default 0.05 nats. */
      maxLogLossIncrease: Type.Optional(Type.Number()),
      /**
       * Expected calibration error (ten bins of equal width) above which a window is a finding, where it is also more
       * than chance; default 0.1.
       */
      maxCalibrationError: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      name: Name,
      /** Drift of the scores of the version that answers. */
      kind: Type.Literal('prediction-drift'),
      endpoint: Name,
      windowRows: Type.Optional(Type.Integer({ minimum: 100 })),
      /** As of `drift`. */
      psi: Type.Optional(Type.Number()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      name: Name,
      /** Drift of what comes true. */
      kind: Type.Literal('label-drift'),
      endpoint: Name,
      /** Name of the outcome value with the 0/1 label. */
      label: Type.String(),
      windowRows: Type.Optional(Type.Integer({ minimum: 100 })),
      /** As of `drift`. */
      psi: Type.Optional(Type.Number()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      name: Name,
      kind: Type.Literal('requests'),
      endpoint: Name,
      windowRows: Type.Optional(Type.Integer({ minimum: 10 })),
      /** Share of rows with a field out of range or category above which it is a finding; default 0.01. */
      maxViolationRate: Type.Optional(Type.Number()),
    },
    { additionalProperties: false },
  ),
]);
export type MonitorDefinition = Static<typeof MonitorDefinition>;

/** One closed window of a monitor, as the console draws it. */
export const MonitorWindow = Type.Object({
  monitor: Name,
  endpoint: Name,
  fromMs: Type.Number(),
  toMs: Type.Number(),
  rows: Type.Integer(),
  /** By column or metric: `distance.psi`, `logLoss`, `auc` … */
  values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()])),
  createdAtMs: Type.Number(),
});
export type MonitorWindow = Static<typeof MonitorWindow>;
