import { OperationError } from "@argo-ts/kernel"
import type { Git, GitAccess } from "@argo-ts/kernel/git"
import type { GitArtifact } from "../api/artifact.js"
import { type ReadSecret, readSecretKey } from "../executors/secrets.js"
import type { ArtifactDriver } from "./driver.js"

/** What is asked of git. */
type Cloning = Pick<Git, "clone" | "resolve">

/** How `git` artifacts are read. */
export interface GitArtifactOptions {
  /**
   * Clones: `createGits(…)` of `@argo-ts/kernel/git`, which can be told who speaks to a remote; or one Git for all, whose
   * credentials are its own: a manifest that names some is refused then.
   */
  readonly git: Cloning | ((access: GitAccess) => Cloning)
  /** Reads the Secrets that manifests name. Default: there are none. */
  readonly secret?: ReadSecret
}

/**
 * Reads `git` artifacts: a clone with its history and its submodules, at `revision`, else at `branch`, else at the remote's
 * HEAD. Submodules are reached with the same key, and with the same password where they lie on the same host.
 */
export function gitArtifacts(options: GitArtifactOptions): ArtifactDriver {
  const { secret = () => Promise.resolve(undefined) } = options
  return {
    location: "git",
    async fetch({ artifact, namespace, path }) {
      const source = artifact.git as GitArtifact
      const { repo, revision, branch, disableSubmodules } = source
      const git = gitOf(options, artifact.name, await accessOf(source, namespace, secret))
      const commit = revision === undefined ? undefined : await git.resolve(repo, revision)
      const at = {
        ...(commit === undefined ? {} : { commit }),
        ...(branch === undefined || commit !== undefined ? {} : { branch }),
        ...(disableSubmodules === true ? {} : { submodules: true }),
      }
      await git.clone(repo, at, path)
      return true
    },
  }
}

async function accessOf(
  source: GitArtifact,
  namespace: string,
  secret: ReadSecret,
): Promise<GitAccess> {
  const read = (ref: GitArtifact["usernameSecret"]): Promise<string | undefined> =>
    readSecretKey(secret, namespace, ref)
  const username = await read(source.usernameSecret)
  const password = await read(source.passwordSecret)
  const sshPrivateKey = await read(source.sshPrivateKeySecret)
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(sshPrivateKey === undefined ? {} : { sshPrivateKey }),
    ...(source.insecureIgnoreHostKey === true ? { insecureIgnoreHostKey: true } : {}),
    ...(source.insecureSkipTLS === true ? { insecureSkipTls: true } : {}),
  }
}

function gitOf({ git }: GitArtifactOptions, name: string, access: GitAccess): Cloning {
  if (typeof git === "function") return git(access)
  const [asked] = Object.keys(access)
  if (asked === undefined) return git
  const message = `artifact '${name}' says who reads its repository (${asked}), and gitArtifacts was given one git for all: give it createGits(…)`
  throw new OperationError(message, { code: "UnsupportedAccess", retryable: false })
}
