import type { ArchiveLocation, Artifact, S3Artifact } from "../api/artifact.js"
import type { Inputs } from "../api/parameter.js"
import type { WorkflowStatus } from "../api/status.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"
import { compileText, type Rendered } from "./languages.js"
import type { NodeRecord } from "./node.js"
import { type FoundRepository, podNameOf, type RepositorySource, type Run } from "./run.js"
import { isLenient, nodePlace, scopeOf } from "./scope.js"

/*
 * Where artifacts go that do not say it themselves (spec/workflows §1.7): where their template says, else into the artifact
 * repository, else into the run's artifact store, which needs no location.
 */

/** The artifact repository of a run: the one it began with, else the one that is found now; or why there is none. */
export function repositoryOf(
  { artifactRepositoryRef: ref }: WorkflowSpec,
  status: WorkflowStatus | undefined,
  find: RepositorySource | undefined,
): { readonly found: FoundRepository | undefined; readonly fault: string | undefined } {
  const stored = status?.artifactRepositoryRef
  if (stored?.artifactRepository !== undefined) {
    return { found: stored as FoundRepository, fault: undefined }
  }
  // A run that began without one goes on without one.
  if (status?.startedAt !== undefined) return { found: undefined, fault: undefined }
  const found = find?.(ref)
  if (found !== undefined && "fault" in found) return { found: undefined, fault: found.fault }
  if (found !== undefined || ref === undefined) return { found, fault: undefined }
  const map = `ConfigMap '${ref.configMap ?? "artifact-repositories"}'`
  const what = ref.key === undefined ? map : `${map} with the key '${ref.key}'`
  return { found: undefined, fault: `the artifact repository (${what}) is not there` }
}

const keyDefault = "{{workflow.name}}/{{pod.name}}"

/** A leaf's template and inputs with complete locations, as executors get them. */
export function withLocations(
  run: Run,
  node: NodeRecord,
  template: Template,
): Rendered<{ readonly template: Template; readonly inputs: Inputs | undefined }> {
  const { repository, spec } = run
  const own = template.archiveLocation
  const archivesLogs =
    repository?.artifactRepository.archiveLogs === true ||
    (own?.archiveLogs ?? spec.archiveLogs) === true
  if (repository === undefined && own === undefined && !archivesLogs) {
    return { ok: true, value: { template, inputs: node.inputs } }
  }
  const base = baseOf(run, node, own)
  if (!base.ok) return base
  const s3 = base.value
  const archiveLocation: ArchiveLocation = {
    ...(archivesLogs ? { archiveLogs: true } : {}),
    ...(s3 === undefined ? {} : { s3 }),
  }
  const outputs =
    template.outputs?.artifacts === undefined || s3 === undefined
      ? template.outputs
      : {
          ...template.outputs,
          artifacts: template.outputs.artifacts.map((each, _index, all) => placed(each, s3, all)),
        }
  const inputs =
    node.inputs?.artifacts === undefined || s3 === undefined
      ? node.inputs
      : { ...node.inputs, artifacts: node.inputs.artifacts.map((each) => found(each, s3)) }
  const full = { ...template, archiveLocation, ...(outputs === undefined ? {} : { outputs }) }
  return { ok: true, value: { template: full, inputs } }
}

/** The location of the template, else of the repository, with the key that comes before an artifact's name. */
function baseOf(
  run: Run,
  node: NodeRecord,
  own: ArchiveLocation | undefined,
): Rendered<S3Artifact | undefined> {
  const { keyFormat, ...ofRepository } = run.repository?.artifactRepository.s3 ?? {}
  const location = own?.s3 ?? (run.repository === undefined ? undefined : ofRepository)
  if (location === undefined) return { ok: true, value: undefined }
  const whole = location.bucket === undefined ? { ...ofRepository, ...location } : location
  const text = own?.s3?.key ?? keyFormat ?? keyDefault
  // A Retry node's attempts are pods of their own; whatever else has a location of its own is one as well.
  const pod = podNameOf(run, node)
  const scope = scopeOf(run, nodePlace(node))
  const key = compileText(text).render(
    {
      now: scope.now,
      get: (name) => (name === "pod.name" ? pod : scope.get(name)),
      below: (path) => scope.below(path),
    },
    isLenient,
  )
  return key.ok ? { ok: true, value: { ...whole, key: key.value } } : key
}

function isElsewhere({ raw, http, git, s3 }: Artifact): boolean {
  return raw !== undefined || http !== undefined || git !== undefined || s3?.bucket !== undefined
}

/**
 * What an output artifact is called where it is kept: as its own file where it is not packed. Differs from Argo: where two of
 * a template would be called the same, and one overwrite the other, both are called by their own names.
 */
export function artifactFile(artifact: Artifact, all: readonly Artifact[] = []): string {
  const { name, archive } = artifact
  if (archive?.zip !== undefined) return `${name}.zip`
  if (archive?.none === undefined) return `${name}.tgz`
  const own = lastPart(artifact)
  const isShared = all.some((other) => other.name !== name && lastPart(other) === own)
  return own === undefined || isShared ? name : own
}

function lastPart({ path, archive }: Artifact): string | undefined {
  return archive?.none === undefined ? undefined : path?.split("/").findLast((part) => part !== "")
}

/** An output: below the base where it has no key, else beside it. */
function placed(declared: Artifact, base: S3Artifact, all: readonly Artifact[]): Artifact {
  if (isElsewhere(declared)) return declared
  const key = declared.s3?.key ?? `${base.key ?? ""}/${artifactFile(declared, all)}`
  return { ...declared, s3: { ...base, ...declared.s3, key } }
}

/** An input that names only a key. */
function found(artifact: Artifact, base: S3Artifact): Artifact {
  if (isElsewhere(artifact) || artifact.s3?.key === undefined || base.bucket === undefined) {
    return artifact
  }
  return { ...artifact, s3: { ...base, ...artifact.s3 } }
}
