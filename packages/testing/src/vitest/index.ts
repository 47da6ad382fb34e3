/**
 * Matchers for vitest: import this file once (`setupFiles`, or in a test) and `expect` knows them.
 *
 * @packageDocumentation
 */
export { deliveryMatchers } from "./matchers.js"
