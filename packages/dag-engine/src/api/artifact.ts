import type { JsonObject } from "@argo-ts/kernel"

/** How a file or directory is packed (`archive`). Exactly one; default `tar` with gzip. */
export interface ArchiveStrategy {
  /** Store the file or directory as it is. */
  readonly none?: JsonObject
  /** A gzipped tar. */
  readonly tar?: TarStrategy
  /** @unsupported zip archives are not built yet; use `tar` or `none` */
  readonly zip?: JsonObject
}

/** `archive.tar`. */
export interface TarStrategy {
  /** gzip level 0–9; default: gzip's own. */
  readonly compressionLevel?: number
}

/** `raw`: the content itself. */
export interface RawArtifact {
  readonly data: string
}

/** An object of an S3-compatible store. With only `key` set, the rest comes from the configured artifact store. */
export interface S3Artifact {
  readonly key?: string
  /** @unsupported a bucket of its own: the run's artifact store is used */
  readonly bucket?: string
  /** @unsupported an endpoint of its own: the run's artifact store is used */
  readonly endpoint?: string
  /** @unsupported an endpoint of its own: the run's artifact store is used */
  readonly region?: string
  /** @unsupported an endpoint of its own: the run's artifact store is used */
  readonly insecure?: boolean
  /** @unsupported credentials of its own: the run's artifact store is used */
  readonly accessKeySecret?: JsonObject
  /** @unsupported credentials of its own: the run's artifact store is used */
  readonly secretKeySecret?: JsonObject
  /** @unsupported credentials of its own: the run's artifact store is used */
  readonly sessionTokenSecret?: JsonObject
  /** @unsupported credentials of its own: the run's artifact store is used */
  readonly roleARN?: string
  /** @unsupported credentials of its own: the run's artifact store is used */
  readonly useSDKCreds?: boolean
  /** @unsupported buckets are not made */
  readonly createBucketIfNotPresent?: JsonObject
  /** @unsupported server-side encryption */
  readonly encryptionOptions?: JsonObject
  /** @unsupported a certificate of its own */
  readonly caSecret?: JsonObject
  /** @unsupported an endpoint of its own */
  readonly addressingStyle?: string
}

/** A key of a Secret in the workflow's namespace. */
export interface SecretKeyRef {
  readonly name: string
  readonly key: string
  /** True: an absent Secret counts as empty. Default false. */
  readonly optional?: boolean
}

/** `http`: fetched with GET, stored with PUT. Redirects are followed. */
export interface HttpArtifact {
  readonly url: string
  readonly headers?: readonly HttpArtifactHeader[]
  readonly auth?: HttpArtifactAuth
  /** Carried; bodies always go through files here. */
  readonly saveStreamViaFile?: boolean
}

/** A header of an `http` artifact. */
export interface HttpArtifactHeader {
  readonly name: string
  readonly value: string
}

/** `http.auth`. */
export interface HttpArtifactAuth {
  readonly basicAuth?: BasicAuth
  /** @unsupported OAuth2 for http artifacts */
  readonly oauth2?: JsonObject
  /** @unsupported client certificates for http artifacts */
  readonly clientCert?: JsonObject
}

/** `http.auth.basicAuth`. */
export interface BasicAuth {
  readonly usernameSecret?: SecretKeyRef
  readonly passwordSecret?: SecretKeyRef
}

/** `git`: a work tree of a repository. */
export interface GitArtifact {
  /** A URL, an `ssh` address or a path. */
  readonly repo: string
  /** A commit, tag or branch to check out. Default: what `branch` or the repository's HEAD is. */
  readonly revision?: string
  /** The branch to clone. */
  readonly branch?: string
  /** Carried: the whole history is there. */
  readonly depth?: number
  /** Carried: whatever the remote serves can be checked out. */
  readonly fetch?: readonly string[]
  /** Carried: other branches do no harm. */
  readonly singleBranch?: boolean
  /** Leave submodules out; required where the repository has some. Default false. */
  readonly disableSubmodules?: boolean
  /** @unsupported unknown host keys; add the host to known_hosts */
  readonly insecureIgnoreHostKey?: boolean
  /** @unsupported git over TLS without verification */
  readonly insecureSkipTLS?: boolean
  /** @unsupported credentials in the manifest; the given Git port brings its own */
  readonly usernameSecret?: SecretKeyRef
  /** @unsupported credentials in the manifest; the given Git port brings its own */
  readonly passwordSecret?: SecretKeyRef
  /** @unsupported ssh keys from Secrets; the machine's own keys are used */
  readonly sshPrivateKeySecret?: SecretKeyRef
}

/** A file or directory that goes into or comes out of a step (`inputs.artifacts[]`, `outputs.artifacts[]`, `arguments.artifacts[]`). */
export interface Artifact {
  /** `^[-a-zA-Z0-9_]+$`, unique in its list. */
  readonly name: string
  /** Where the step finds or leaves it: an absolute path in the container. Only in leaf templates. */
  readonly path?: string
  /** `{{steps.a.outputs.artifacts.b}}`: another artifact. Only in arguments and in outputs of steps and dag. */
  readonly from?: string
  /** An expression whose value is an artifact, such as `tasks.flip.outputs.result == "heads" ? tasks.a.outputs.artifacts.x : …`. In the place of `from`. */
  readonly fromExpression?: string
  /** True: an absent artifact is no error. Default false. */
  readonly optional?: boolean
  /** A path inside `from`. */
  readonly subPath?: string
  /** Permission bits, decimal as YAML reads them. Default 0644. */
  readonly mode?: number
  /** Apply `mode` to what a directory holds. Default false. */
  readonly recurseMode?: boolean
  readonly archive?: ArchiveStrategy
  /** Copies the output artifact to `workflow.outputs.artifacts.<globalName>`. */
  readonly globalName?: string
  /** Carried; logs are not archived. */
  readonly archiveLogs?: boolean
  /** Set on artifacts that garbage collection removed. */
  readonly deleted?: boolean
  /** @unsupported artifact garbage collection */
  readonly artifactGC?: JsonObject
  readonly raw?: RawArtifact
  readonly s3?: S3Artifact
  /** Only as an input. */
  readonly git?: GitArtifact
  readonly http?: HttpArtifact
  /** @unsupported Google Cloud Storage */
  readonly gcs?: JsonObject
  /** @unsupported Azure Blob Storage */
  readonly azure?: JsonObject
  /** @unsupported Alibaba OSS */
  readonly oss?: JsonObject
  /** @unsupported HDFS */
  readonly hdfs?: JsonObject
  /** @unsupported Artifactory */
  readonly artifactory?: JsonObject
  /** @unsupported artifact plugins */
  readonly plugin?: JsonObject
}
