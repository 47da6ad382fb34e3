import type { AppProject } from "../api/app-project.js"
import type { Application } from "../api/application.js"
import { matchesGlob } from "./glob.js"
import type { ResourceRef } from "./resource.js"
import type { GitopsSettings } from "./settings.js"

/** The cluster that the controller runs in, under both of its names. */
export const inCluster = { server: "https://kubernetes.default.svc", name: "in-cluster" } as const

/** Repository URLs compare without case, `.git`, scheme of ssh and blanks (spec/gitops §1.3). */
function normalUrl(url: string): string {
  const text = url.trim().toLowerCase()
  const scp = /^(?:[^/@\s]+@)([^:/\s]+):(.+)$/.exec(text)
  const plain = scp === null ? text.replace(/^ssh:\/\/(?:[^/@]+@)?/, "") : `${scp[1]}/${scp[2]}`
  return plain.replace(/\/+$/, "").replace(/\.git$/, "")
}

/** `*` alone is everything; else a glob in which `*` stays within a path segment and `**` does not. */
function matchesRepository(pattern: string, url: string): boolean {
  if (pattern === "*") return true
  return matchesGlob(normalUrl(pattern), normalUrl(url), "/")
}

/** A deny that does not match counts as a match, so `["!x"]` alone permits everything else (spec/gitops §2.15). */
function permitsSource(project: AppProject, url: string): boolean {
  let isPermitted = false
  for (const pattern of project.spec.sourceRepos ?? []) {
    const isDeny = pattern.startsWith("!")
    const isMatch = matchesRepository(isDeny ? pattern.slice(1) : pattern, url)
    if (isDeny && isMatch) return false
    if (isDeny || isMatch) isPermitted = true
  }
  return isPermitted
}

function side(pattern: string | undefined, text: string): "match" | "deny" | "none" {
  if (pattern === undefined || pattern === "") return "none"
  const isDeny = pattern.startsWith("!")
  const isMatch = matchesGlob(isDeny ? pattern.slice(1) : pattern, text)
  if (isDeny) return isMatch ? "deny" : "match"
  return isMatch ? "match" : "none"
}

/** True where the project permits objects in that namespace of the destination. */
export function permitsDestination(
  project: AppProject,
  destination: Application["spec"]["destination"],
  namespace: string,
): boolean {
  const isHere = destination.name === inCluster.name || destination.server === inCluster.server
  const server = destination.server ?? (isHere ? inCluster.server : "")
  const name = destination.name ?? (isHere ? inCluster.name : "")
  let isPermitted = false
  for (const entry of project.spec.destinations ?? []) {
    const [byServer, byName] = [side(entry.server, server), side(entry.name, name)]
    const byNamespace = side(entry.namespace ?? "*", namespace)
    if (byName === "deny") return false
    if (byServer === "deny" && byNamespace === "match") return false
    if (byNamespace === "deny" && byServer === "match") return false
    if ((byServer === "match" || byName === "match") && byNamespace === "match") isPermitted = true
  }
  return isPermitted
}

/** True where the project permits objects of that kind. */
export function permitsKind(
  project: AppProject,
  ref: ResourceRef,
  isClusterScoped: boolean,
): boolean {
  const { spec } = project
  const matches = (list: AppProject["spec"]["clusterResourceWhitelist"]): boolean =>
    (list ?? []).some(
      (each) =>
        matchesGlob(each.group, ref.group, "/") &&
        matchesGlob(each.kind, ref.kind, "/") &&
        (each.name === undefined || matchesGlob(each.name, ref.name, "/")),
    )
  if (isClusterScoped) {
    return matches(spec.clusterResourceWhitelist) && !matches(spec.clusterResourceBlacklist)
  }
  const isListed =
    spec.namespaceResourceWhitelist === undefined || matches(spec.namespaceResourceWhitelist)
  return isListed && !matches(spec.namespaceResourceBlacklist)
}

/** Why a project does not permit an application; empty where it does. */
export function projectRefusals(
  application: Application,
  project: AppProject | undefined,
  settings: Pick<GitopsSettings, "controlNamespace">,
): readonly string[] {
  const name = application.spec.project ?? "default"
  const title = name === "" ? "default" : name
  const namespace = application.metadata.namespace ?? settings.controlNamespace
  const isElsewhere = namespace !== settings.controlNamespace
  if (
    isElsewhere &&
    !(project?.spec.sourceNamespaces ?? []).some((one) => matchesGlob(one, namespace))
  ) {
    return [`application in namespace ${namespace} is not permitted to use project '${title}'`]
  }
  if (project === undefined) {
    // Argo CD creates `default` at its start and lets it permit everything; so does an absent one here.
    return title === "default"
      ? []
      : [`application references project ${title} which does not exist`]
  }
  const refusals: string[] = []
  const { source, destination } = application.spec
  if (source !== undefined && !permitsSource(project, source.repoURL)) {
    refusals.push(`application repo ${source.repoURL} is not permitted in project '${title}'`)
  }
  if (!permitsDestination(project, destination, destination.namespace ?? "")) {
    const place = `server '${destination.server ?? destination.name ?? ""}' and namespace '${destination.namespace ?? ""}'`
    refusals.push(
      `application destination ${place} do not match any of the allowed destinations in project '${title}'`,
    )
  }
  const isHere = destination.server === inCluster.server || destination.name === inCluster.name
  if (!isHere) {
    const target = destination.server ?? destination.name ?? ""
    refusals.push(`cluster ${target} is not registered: only ${inCluster.server} is served`)
  }
  return refusals
}
