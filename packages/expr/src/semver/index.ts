/**
 * Versions and constraints as Masterminds/semver reads them.
 *
 * @packageDocumentation
 */
export { type ConstraintProgram, compileSemver } from "./constraint.js"
export {
  compareVersions,
  formatVersion,
  incrementVersion,
  parseStrictVersion,
  parseVersion,
  type Version,
} from "./version.js"
