import type { Artifact } from "../api/artifact.js"

/** Where a driver works, and for whom. */
export interface ArtifactRequest {
  readonly artifact: Artifact
  /** The workflow's namespace: Secrets are looked for there. */
  readonly namespace: string
  /** The file or directory on this machine. */
  readonly path: string
}

/**
 * Moves artifacts that say themselves where they lie: one field of an Artifact, such as `http`, has one driver. Given
 * as `artifactDrivers`; a location that no driver takes is the step's Error.
 */
export interface ArtifactDriver {
  /** The field of an Artifact that this driver reads. */
  readonly location: "http" | "git"
  /** Puts what is there at `path`, where nothing is yet. False where nothing is there. */
  fetch(request: ArtifactRequest): Promise<boolean>
  /** Stores the file or directory at `path`. Absent: the location can only be read. */
  store?(request: ArtifactRequest): Promise<void>
}
