/**
 * Argo Events as a library: event sources, sensors and triggers. `decideSensor` decides with no I/O; `createEventing`
 * runs in process; `./kubernetes` has the controllers.
 *
 * @packageDocumentation
 */
export type { BusEvent, BusEventSpec } from "./api/bus-event.js"
export type { CloudEvent } from "./api/cloud-event.js"
export type * from "./api/common.js"
export type { EventBus, EventBusSpec, JetStreamBus, NatsBus } from "./api/event-bus.js"
export type * from "./api/event-source.js"
export type * from "./api/filters.js"
export { busEvents, eventBuses, eventKinds, eventSources, sensors } from "./api/kinds.js"
export { parseEventBus } from "./api/parse-event-bus.js"
export { parseEventSource } from "./api/parse-event-source.js"
export { parseSensor } from "./api/parse-sensor.js"
export type * from "./api/sensor.js"
export type * from "./api/triggers.js"
export type { Bus, BusSubscriber } from "./buses/bus.js"
export { type FileBus, type FileBusOptions, openFileBus } from "./buses/file.js"
export { createMemoryBus, type MemoryBusOptions } from "./buses/memory.js"
export type {
  AcknowledgeEvent,
  AttemptOutcome,
  FireTrigger,
  SensorAction,
  SensorFact,
  SensorStep,
} from "./core/actions.js"
export { openSensor, type SensorSession } from "./core/decide.js"
export {
  decidePlan,
  decideSensor,
  type ObservedEvent,
  type SensorObserved,
} from "./core/decide-sensor.js"
export { explainSensor, type TriggerExplanation, type TriggerReason } from "./core/explain.js"
export type { FilterFinding, FilterKind } from "./core/filters.js"
export { compileSensor, type SensorOptions, type SensorPlan } from "./core/plan.js"
export type {
  HttpTriggerRequest,
  KubernetesRequest,
  NamedEvents,
  TriggerRequest,
} from "./core/request.js"
export { foldSensorChanges, type SensorChange } from "./core/state.js"
export {
  type DependencyVerdict,
  type SensorTrial,
  type SensorTrialOptions,
  type TriggerVerdict,
  testSensor,
} from "./core/test-sensor.js"
export { createEventing, type Eventing, type EventingOptions } from "./runtime/eventing.js"
export type { SecretReader } from "./sources/accepted.js"
export {
  createWebhookServers,
  type WebhookAnswer,
  type WebhookRoute,
  type WebhookServers,
  type WebhookServersOptions,
} from "./sources/webhook-servers.js"
export type { FiringContext, TriggerFunction } from "./triggers/perform.js"
