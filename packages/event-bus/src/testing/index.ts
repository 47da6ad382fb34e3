/**
 * Builders and generators for tests of sensors.
 *
 * @packageDocumentation
 */
export { type Draw, drawEvent, drawSensor } from "./arbitraries.js"
export {
  aDependency,
  anEvent,
  aSensor,
  aTrigger,
  type EventSketch,
  startOfTests,
} from "./builders.js"
