/**
 * Builders for tests of sensors and event sources.
 *
 * @packageDocumentation
 */
export {
  aDependency,
  anEvent,
  aSensor,
  aTrigger,
  type EventSketch,
  startOfTests,
} from "./builders.js"
