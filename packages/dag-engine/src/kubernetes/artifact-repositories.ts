import type { Cluster } from "@argo-ts/k8s"
import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import type { ArtifactRepositoryRef } from "../api/artifact.js"
import type { ArtifactRepository } from "../api/status.js"
import type { FoundRepository, RepositorySource } from "../core/run.js"
import { type ConfigMap, configMaps } from "./config-maps.js"

const mapDefault = "artifact-repositories"
const keyAnnotation = "workflows.argoproj.io/default-artifact-repository"
const kinds = ["s3", "gcs", "azure", "oss", "hdfs", "artifactory", "plugin"]

/** The controller's own: where ConfigMaps of its namespace are looked for, and what serves who names none. */
export interface ControllerRepository {
  /** Its namespace. Default: none, and only the workflow's is looked at. */
  readonly namespace?: string
  readonly artifactRepository?: ArtifactRepository
}

type Answer = ReturnType<RepositorySource>

/** The repository that a ConfigMap describes under a key; without one, under the key that it names as the default. */
function repositoryIn(object: ConfigMap, ref: ArtifactRepositoryRef): Answer {
  const { metadata, data = {} } = object
  const key = ref.key ?? metadata.annotations?.[keyAnnotation]
  const text = key !== undefined && Object.hasOwn(data, key) ? data[key] : undefined
  if (key === undefined || text === undefined) return undefined
  const configMap = metadata.name ?? mapDefault
  const place = `the artifact repository '${key}' of the ConfigMap '${configMap}'`
  const parsed = parseManifests(text, { file: configMap })
  const value = parsed.ok ? parsed.value[0]?.value : undefined
  if (!isJsonObject(value)) return { fault: `${place} is no YAML mapping` }
  const fault = faultOf(value)
  if (fault !== undefined) return { fault: `${place} ${fault}` }
  const { namespace } = metadata
  return {
    configMap,
    key,
    ...(namespace === undefined ? {} : { namespace }),
    artifactRepository: value as ArtifactRepository,
  }
}

function faultOf(value: JsonObject): string | undefined {
  const found = Object.keys(value).filter((field) => field !== "archiveLogs")
  const unknown = found.find((field) => !kinds.includes(field))
  if (unknown !== undefined) return `has the unknown field "${unknown}"`
  const other = found.find((field) => field !== "s3")
  if (other !== undefined) return `is of the kind "${other}", which is not supported: s3 is`
  const { s3 } = value
  if (s3 === undefined) return undefined
  const bucket = isJsonObject(s3) ? s3["bucket"] : undefined
  return typeof bucket === "string" && bucket !== "" ? undefined : 'needs "s3.bucket"'
}

/** Finds artifact repositories among ConfigMaps, for `findRepository`. */
export function artifactRepositories(
  maps: readonly ConfigMap[],
  own: ControllerRepository = {},
): RepositorySource {
  return (ref) => {
    const name = ref?.configMap ?? mapDefault
    for (const object of maps) {
      if (object.metadata.name !== name) continue
      const found = repositoryIn(object, ref ?? {})
      if (found !== undefined) return found
    }
    return ref === undefined ? ownRepository(own) : undefined
  }
}

function ownRepository({ artifactRepository }: ControllerRepository): FoundRepository | undefined {
  return artifactRepository === undefined ? undefined : { default: true, artifactRepository }
}

/** Reads the ConfigMaps that a reference may mean: in the workflow's namespace, then in the controller's. */
export async function readRepositories(
  cluster: Pick<Cluster, "get">,
  workflowNamespace: string,
  ref: ArtifactRepositoryRef | undefined,
  own: ControllerRepository,
): Promise<RepositorySource> {
  const name = ref?.configMap ?? mapDefault
  const maps: ConfigMap[] = []
  // Whoever names no repository gets the default of its own namespace, else the controller's.
  const namespaces = [workflowNamespace, ...(ref === undefined ? [] : [own.namespace])]
  for (const namespace of new Set(namespaces)) {
    if (namespace === undefined) continue
    const object = await cluster.get(configMaps, { namespace, name })
    if (object !== undefined) maps.push(object)
  }
  return artifactRepositories(maps, own)
}
