export { endGroup, exitCodeOf, killGroup, signalNumber } from "./group.js"
export {
  identify,
  isAlive,
  type ProcessIdentity,
  readIdentity,
  writeIdentity,
} from "./identity.js"
export { type LockFile, lockFile } from "./lock-file.js"
export { mapPaths, type PathMap } from "./paths.js"
export { type ProbeSurroundings, probeOnce } from "./probe.js"
export { inheritedEnvironment, isInstalled } from "./program.js"
