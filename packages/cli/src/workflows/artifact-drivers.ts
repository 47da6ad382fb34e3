import {
  type ArtifactDriver,
  gitArtifacts,
  httpArtifacts,
  type ReadSecret,
} from "@argo-ts/dag-engine"
import { type Addresses, OperationError } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import type { Git, GitAccess } from "@argo-ts/kernel/git"

/** How artifacts of a run here are moved. */
export interface DriverOptions {
  /** Git keeps its copies of repositories there. */
  readonly cacheDirectory: string
  readonly secret: ReadSecret
}

/** Every location of artifacts that a run here can reach. Git and S3 are loaded by the first workflow that needs them. */
export function artifactDrivers({
  cacheDirectory,
  secret,
}: DriverOptions): readonly ArtifactDriver[] {
  let opened: Promise<(access: GitAccess) => Git> | undefined
  const open = async (): Promise<(access: GitAccess) => Git> => {
    const { createGits } = await import("@argo-ts/kernel/git")
    return createGits({ clock: systemClock(), cacheDirectory })
  }
  const git = async (access: GitAccess): Promise<Git> => {
    opened ??= open()
    return (await opened)(access)
  }
  return [
    httpArtifacts({ secret }),
    gitArtifacts({
      git: (access) => ({
        clone: async (...request) => (await git(access)).clone(...request),
        resolve: async (...request) => (await git(access)).resolve(...request),
      }),
      secret,
    }),
    lazyS3({ secret }),
  ]
}

/** S3, by a package that who needs it installs beside this one. */
export function lazyS3(options: {
  readonly secret: ReadSecret
  readonly addresses?: Addresses
}): ArtifactDriver {
  let opened: Promise<Required<ArtifactDriver>> | undefined
  const s3 = (): Promise<Required<ArtifactDriver>> => {
    opened ??= loadS3(options)
    return opened
  }
  return {
    location: "s3",
    fetch: async (request) => (await s3()).fetch(request),
    store: async (request) => (await s3()).store(request),
    list: async (place) => (await s3()).list(place),
    delete: async (place) => (await s3()).delete(place),
  }
}

async function loadS3(options: {
  readonly secret: ReadSecret
  readonly addresses?: Addresses
}): Promise<Required<ArtifactDriver>> {
  try {
    const { s3Artifacts } = await import("@argo-ts/dag-engine/s3")
    return s3Artifacts(options)
  } catch (cause) {
    const isAbsent =
      cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND"
    if (!isAbsent) throw cause
    const message =
      "artifacts in S3 need the package @aws-sdk/client-s3: install it beside argo-ts (npm install @aws-sdk/client-s3)"
    throw new OperationError(message, { code: "MissingPackage", retryable: false, cause })
  }
}
