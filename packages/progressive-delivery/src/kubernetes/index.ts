/**
 * The controllers of this engine, over the `Cluster` port.
 *
 * @packageDocumentation
 */
export { type RolloutControllersOptions, rolloutControllers } from "./controllers.js"
