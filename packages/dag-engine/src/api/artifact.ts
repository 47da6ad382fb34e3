import type { JsonObject } from "@argo-ts/kernel"

/** How a file or directory is packed (`archive`). Exactly one; default `tar` with gzip. */
export interface ArchiveStrategy {
  /** Store the file or directory as it is. */
  readonly none?: JsonObject
  /** A gzipped tar. */
  readonly tar?: TarStrategy
  /** A zip. Of an input it has to be declared: it is never guessed. */
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

/**
 * An object of an S3-compatible store, or everything below a key. With only `key` set, the rest comes from the template's
 * `archiveLocation`, else from the artifact repository; without one, the key is one of the run's artifact store.
 */
export interface S3Artifact {
  readonly key?: string
  /** With a bucket the location is complete: an `s3` artifact driver moves it. */
  readonly bucket?: string
  /** Host and port. Default `s3.amazonaws.com`. */
  readonly endpoint?: string
  /** Default `us-east-1`. */
  readonly region?: string
  /** True: plain HTTP. Default false. */
  readonly insecure?: boolean
  readonly accessKeySecret?: SecretKeyRef
  readonly secretKeySecret?: SecretKeyRef
  readonly sessionTokenSecret?: SecretKeyRef
  /** A role that is taken on, by the option `role` of `s3Artifacts`. */
  readonly roleARN?: string
  /** True: the SDK finds credentials, in the environment or the machine's role. So it does where no Secret is named. */
  readonly useSDKCreds?: boolean
  /** Make the bucket where it is not there. */
  readonly createBucketIfNotPresent?: S3BucketOptions
  readonly encryptionOptions?: S3EncryptionOptions
  /** The authority that signed the endpoint's certificate, in PEM. */
  readonly caSecret?: SecretKeyRef
  /** `path`, `virtual-hosted` or `auto`: virtual-hosted at Amazon, path elsewhere. Default `auto`. */
  readonly addressingStyle?: string
}

/** `s3.createBucketIfNotPresent`. */
export interface S3BucketOptions {
  /** Default false. */
  readonly objectLocking?: boolean
}

/** `s3.encryptionOptions`: encryption by the server. */
export interface S3EncryptionOptions {
  readonly enableEncryption?: boolean
  /** With KMS. Default: with S3's own keys. */
  readonly kmsKeyId?: string
  /** A JSON object. */
  readonly kmsEncryptionContext?: string
  /** A key of 32 bytes that stays with us. */
  readonly serverSideCustomerKeySecret?: SecretKeyRef
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
  readonly oauth2?: OAuth2Auth
  readonly clientCert?: ClientCertAuth
}

/** `http.auth.oauth2`: the client-credentials grant. */
export interface OAuth2Auth {
  readonly clientIDSecret?: SecretKeyRef
  readonly clientSecretSecret?: SecretKeyRef
  readonly tokenURLSecret?: SecretKeyRef
  readonly scopes?: readonly string[]
  /** Further fields of the request for a token. */
  readonly endpointParams?: readonly OAuth2EndpointParam[]
}

/** `http.auth.oauth2.endpointParams[]`. */
export interface OAuth2EndpointParam {
  readonly key: string
  readonly value?: string
}

/** `http.auth.clientCert`: a certificate of the client, in PEM. */
export interface ClientCertAuth {
  readonly clientCertSecret?: SecretKeyRef
  readonly clientKeySecret?: SecretKeyRef
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
  /** Leave submodules out. Default false. */
  readonly disableSubmodules?: boolean
  /** True: the host need not be known to ssh. Default false. */
  readonly insecureIgnoreHostKey?: boolean
  /** True: the server's certificate is not checked. Default false. */
  readonly insecureSkipTLS?: boolean
  /** With `passwordSecret`: basic authentication over HTTP. */
  readonly usernameSecret?: SecretKeyRef
  readonly passwordSecret?: SecretKeyRef
  /** A private key for ssh. Default: the machine's own keys. */
  readonly sshPrivateKeySecret?: SecretKeyRef
}

/** When artifacts are deleted (`artifactGC`). */
export interface ArtifactGC {
  /** `OnWorkflowCompletion`, `OnWorkflowDeletion` or `Never`. Default: the workflow's, else `Never`. */
  readonly strategy?: string
  /** Carried: the engine itself deletes, no pod does. */
  readonly podMetadata?: JsonObject
  /** Carried: the engine itself deletes, no pod does. */
  readonly serviceAccountName?: string
}

/** `spec.artifactGC`. */
export interface WorkflowArtifactGC extends ArtifactGC {
  /** True: the workflow can go though artifacts could not be deleted. Default false. */
  readonly forceFinalizerRemoval?: boolean
  /** Carried: the engine itself deletes, no pod does. */
  readonly podSpecPatch?: string
}

/** Where a template's artifacts go (`archiveLocation`). */
export interface ArchiveLocation {
  /** True: what containers write is an artifact as well, `main-logs`. Default: the workflow's `archiveLogs`. */
  readonly archiveLogs?: boolean
  readonly s3?: S3Artifact
  /** @unsupported an artifact location of this kind */
  readonly raw?: JsonObject
  /** @unsupported an artifact location of this kind */
  readonly git?: JsonObject
  /** @unsupported an artifact location of this kind; output artifacts take `http` themselves */
  readonly http?: JsonObject
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

/** `artifactRepositoryRef`: a key of a ConfigMap that describes an artifact repository. */
export interface ArtifactRepositoryRef {
  /** Default `artifact-repositories`. */
  readonly configMap?: string
  /** Default: what the annotation `workflows.argoproj.io/default-artifact-repository` of the ConfigMap says. */
  readonly key?: string
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
  /** Carried. */
  readonly archiveLogs?: boolean
  /** Set on artifacts that garbage collection removed. */
  readonly deleted?: boolean
  /** When it is deleted; over the workflow's `artifactGC`. */
  readonly artifactGC?: ArtifactGC
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
