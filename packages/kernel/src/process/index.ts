export {
  identify,
  isAlive,
  type ProcessIdentity,
  readIdentity,
  writeIdentity,
} from "./identity.js"
export { type LockFile, lockFile } from "./lock-file.js"
