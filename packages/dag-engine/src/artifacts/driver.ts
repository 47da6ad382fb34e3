import type { Artifact } from "../api/artifact.js"

/** The fields of an Artifact that say where it lies. */
export type ArtifactLocationField = "s3" | "http" | "git"

/** An artifact's location, and for whom it is reached. */
export interface ArtifactPlace {
  readonly artifact: Artifact
  /** The workflow's namespace: Secrets are looked for there. */
  readonly namespace: string
}

/** Where a driver works, and for whom. */
export interface ArtifactRequest extends ArtifactPlace {
  /** The file or directory on this machine. */
  readonly path: string
}

/**
 * Moves artifacts that say themselves where they lie: one field of an Artifact, such as `http`, has one driver. Given
 * as `artifactDrivers`; a location that no driver takes is the step's Error.
 */
export interface ArtifactDriver {
  /** The field of an Artifact that this driver reads. */
  readonly location: ArtifactLocationField
  /** Puts what is there at `path`, where nothing is yet. False where nothing is there. */
  fetch(request: ArtifactRequest): Promise<boolean>
  /** Stores the file or directory at `path`. Absent: the location can only be read. */
  store?(request: ArtifactRequest): Promise<void>
  /** Keys of everything at or below the location, sorted. Absent: the location cannot be listed. */
  list?(place: ArtifactPlace): Promise<readonly string[]>
  /** Deletes what is there; nothing there is no error. Absent: nothing can be deleted. */
  delete?(place: ArtifactPlace): Promise<void>
}
