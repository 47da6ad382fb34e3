import type { JsonObject } from "@argo-ts/kernel"
import type { Artifact, SecretKeyRef } from "./artifact.js"

/** Where the value of an HTTP header comes from. */
export interface HttpHeaderSource {
  readonly secretKeyRef?: SecretKeyRef
}

/** One header of a request. */
export interface HttpHeader {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: HttpHeaderSource
}

/** `bodyFrom`: a body that is no text. */
export interface HttpBodySource {
  /** Base64. */
  readonly bytes?: string
}

/** `http`: one request. Its node is of the type HTTP and its `outputs.result` the answer's body. */
export interface HttpTemplate {
  /** Default GET. */
  readonly method?: string
  readonly url: string
  readonly headers?: readonly HttpHeader[]
  readonly body?: string
  readonly bodyFrom?: HttpBodySource
  /** Default: no limit of its own. */
  readonly timeoutSeconds?: number
  /** expr-lang over `request` and `response`. Default: any status from 200 to 299 is a success. */
  readonly successCondition?: string
  /** True: the server's certificate is not checked. Default false. */
  readonly insecureSkipVerify?: boolean
}

/** `manifestFrom`: a manifest that is an artifact. */
export interface ManifestSource {
  /** An input artifact of the template, by its name, or one with a location of its own. */
  readonly artifact?: Artifact
}

/** `resource`: one verb on a Kubernetes object, and what it has to become. */
export interface ResourceTemplate {
  /** `get`, `create`, `apply`, `delete`, `replace` or `patch`; a tag may stand for it. */
  readonly action: string
  /** YAML. Either this or `manifestFrom`, but for `get` and `delete` with `flags`. */
  readonly manifest?: string
  /** The manifest as an artifact. */
  readonly manifestFrom?: ManifestSource
  /** For `patch`: `strategic` (default), `merge` or `json`; a tag may stand for it. */
  readonly mergeStrategy?: string
  /** True: the object is owned by the workflow and goes with it. Default false. */
  readonly setOwnerReference?: boolean
  /** Comma-separated conditions over the object, all of which have to hold: `status.phase == Succeeded`. */
  readonly successCondition?: string
  /** Any of them fails the step. */
  readonly failureCondition?: string
  /** Words of kubectl's command line: a kind and a name, `-n`, `--selector`, `--ignore-not-found`. */
  readonly flags?: readonly string[]
}

/** The artifact whose keys `data` lists. */
export interface ArtifactPaths extends Omit<Artifact, "name"> {
  /** Only messages speak of it. Default `artifactPaths`. */
  readonly name?: string
}

/** `data.source`: what is listed. */
export interface DataSource {
  /** An artifact whose keys are listed. */
  readonly artifactPaths?: ArtifactPaths
}

/** One step of a transformation. */
export interface DataTransformation {
  /** expr-lang over `data`. */
  readonly expression: string
}

/** `data`: a list of artifact keys, transformed; its JSON is the node's `outputs.result`. */
export interface DataTemplate {
  readonly source: DataSource
  readonly transformation: readonly DataTransformation[]
}

/** `plugin`: an object with one key, the plugin's name. */
export type PluginTemplate = JsonObject
