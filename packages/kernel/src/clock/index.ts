/**
 * The `Clock` port, the machine's clock and the virtual one.
 *
 * @packageDocumentation
 */
export { type Clock, sleep, type TrackOptions } from "./clock.js"
export { systemClock } from "./system.js"
export { createVirtualClock, isVirtualClock, type VirtualClock } from "./virtual.js"
