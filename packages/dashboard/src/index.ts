/**
 * The read model of a delivery: what a screen shows, as JSON, computed from cluster objects.
 *
 * @packageDocumentation
 */
export type {
  ApplicationLine,
  EventLine,
  FreightLine,
  Line,
  NodeLine,
  PromotionLine,
  ReadModel,
  ResourceLine,
  RolloutLine,
  StageLine,
  Tone,
  VersionLine,
  WorkflowLine,
} from "./model.js"
export { readModel } from "./read-model.js"
export { toneOf } from "./tone.js"
