import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { identify, isAlive, type ProcessIdentity, readIdentity, writeIdentity } from "./identity.js"

/** A lock that was taken, or who holds it; no holder: others are taking it at this moment. */
export type LockFile =
  | { readonly isTaken: true; release(): void }
  | { readonly isTaken: false; readonly holder: ProcessIdentity | undefined }

const attempts = 3

/**
 * Takes a file that names this process. One whose process is gone, however it went, is taken over; one of a living process,
 * this one included, is not. Throws only where the file cannot be written.
 */
export function lockFile(file: string): LockFile {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (tryLock(file)) return { isTaken: true, release: () => rmSync(file, { force: true }) }
    const holder = holderOf(file)
    if (holder !== undefined && isAlive(holder)) return { isTaken: false, holder }
    rmSync(file, { force: true })
  }
  return { isTaken: false, holder: undefined }
}

/** The file appears with its text in it: nobody reads a lock without its holder. */
function tryLock(file: string): boolean {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, writeIdentity(identify()))
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as { readonly code?: string }).code === "EEXIST") return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function holderOf(file: string): ProcessIdentity | undefined {
  try {
    return readIdentity(readFileSync(file, "utf8"))
  } catch {
    return undefined
  }
}
