/**
 * Events from outside: what a WorkflowEventBinding makes of one, and a server that takes them.
 *
 * @packageDocumentation
 */
export { type BoundEventData, bindEvent } from "./bind.js"
export { type DispatchResult, dispatchEvent, type EventCluster } from "./dispatch.js"
export { type EventServer, type EventServerOptions, serveEvents } from "./server.js"
export type { WebhookOptions } from "./webhook-clients.js"
