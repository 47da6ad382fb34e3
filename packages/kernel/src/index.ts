/**
 * The words and pure helpers that every argo-ts package shares: time as data, decisions, issues, total orders,
 * random streams, hashes, and the vocabulary of Kubernetes objects. No I/O, no clock, no
 * dependencies.
 *
 * @packageDocumentation
 */
export { type Addresses, resolveAddress } from "./addresses.js"
export { type Condition, findCondition, setCondition } from "./conditions.js"
export { type Decision, earliest, type KeyedAction } from "./decision.js"
export { formatDuration, formatNanoseconds, parseDuration, parseNanoseconds } from "./duration.js"
export { fnv32a, safeEncode, sha1, sha256 } from "./hash.js"
export { createHeap, type Heap } from "./heap.js"
export {
  type CivilDate,
  civilFromDays,
  daysFromCivil,
  type EpochMs,
  epochMs,
  formatInstant,
  formatMicroInstant,
  parseInstant,
} from "./instant.js"
export { InvariantError, invariant, unreachable } from "./invariant.js"
export {
  failed,
  formatIssue,
  formatPath,
  type Issue,
  type IssuePath,
  ok,
  type Result,
} from "./issue.js"
export {
  canonicalJson,
  equalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  own,
  recordOf,
} from "./json.js"
export {
  createLogger,
  type LogEntry,
  type LogFields,
  type Logger,
  type LoggerOptions,
  redactText,
  silentLogger,
} from "./logger.js"
export {
  apiVersionOf,
  controllerOf,
  controllerReference,
  defineKind,
  formatKey,
  type Kind,
  type KubernetesObject,
  keyOf,
  type ManagedFieldsEntry,
  type ObjectKey,
  type ObjectMeta,
  type OwnerReference,
  parseApiVersion,
  parseKey,
  type Stored,
  type UntypedObject,
} from "./object.js"
export {
  isOperationError,
  OperationError,
  type OperationErrorOptions,
} from "./operation-error.js"
export { byEach, compareNumber, compareText } from "./ordering.js"
export { compareQuantities, parseQuantity } from "./quantity.js"
export { createRandomStreams, type RandomStream, type RandomStreams } from "./random.js"
export { type JsonSteps, listAt, objectAt, textAt, valueAt } from "./reading.js"
export {
  type LabelSelector,
  type LabelSelectorRequirement,
  type Labels,
  matchesLabels,
} from "./selector.js"
export {
  type LabelOperator,
  parseLabelSelector,
  type ReadRequirements,
  type RequirementCheck,
  readLabelRequirements,
  type WrittenRequirement,
} from "./selector-text.js"
export { thrownText } from "./thrown-text.js"
export { utf8Bytes } from "./utf8.js"
