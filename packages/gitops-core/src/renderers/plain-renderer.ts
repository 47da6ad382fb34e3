import { realpath } from "node:fs/promises"
import { basename, join } from "node:path"
import { failed, type Issue, ok, type UntypedObject } from "@argo-ts/kernel"
import type { ApplicationSource } from "../api/source.js"
import { matchesGlob } from "../core/glob.js"
import { confined, listFiles, RenderIssue, readBounded } from "./checkout.js"
import { type Rendered, readDocuments } from "./documents.js"
import type { Renderer } from "./renderer.js"

/** `reposerver.max.combined.directory.manifests.size`: bytes of all manifests of an application. */
const bytesMax = 10 * 1024 * 1024

/** Files by which Argo CD tells another tool, or overrides the source; with them plain rendering would be wrong. */
const otherTools: ReadonlyMap<string, string> = new Map([
  ["Chart.yaml", "Helm rendering is not built yet"],
  ["kustomization.yaml", "Kustomize rendering is not built yet"],
  ["kustomization.yml", "Kustomize rendering is not built yet"],
  ["Kustomization", "Kustomize rendering is not built yet"],
  [".argocd-source.yaml", "source overrides in the repository are not built yet"],
])

/** Settings of a directory source switch the detection of other tools off, as upstream. */
function otherToolOf(files: readonly string[], source: ApplicationSource): Issue | undefined {
  const isExplicit = Object.keys(source.directory ?? {}).length > 0
  const file = files.find((each) => otherTools.has(each) && (!isExplicit || each.startsWith(".")))
  if (file === undefined) return undefined
  const message = `${file}: ${otherTools.get(file) ?? ""}`
  return { code: "UnsupportedField", path: ["spec", "source", "path"], message }
}

function selects(source: ApplicationSource): (file: string) => boolean {
  const { include = "", exclude = "" } = source.directory ?? {}
  return (file) =>
    (exclude === "" || !matchesGlob(exclude, file)) &&
    (include === "" || matchesGlob(include, file))
}

async function renderDirectory(directory: string, source: ApplicationSource): Promise<Rendered> {
  const root = await realpath(directory)
  const folder = await confined(root, join(root, source.path ?? "."), source.path ?? ".")
  const { recurse = false } = source.directory ?? {}
  const isSelected = selects(source)
  const all = await listFiles(
    folder,
    recurse,
    (file) => otherTools.has(file) || (/\.(ya?ml|json|jsonnet)$/.test(file) && isSelected(file)),
  )
  const other = otherToolOf(all, source)
  if (other !== undefined) return { objects: [], issues: [other] }
  const objects: UntypedObject[] = []
  const issues: Issue[] = []
  let bytesLeft = bytesMax
  for (const file of all.filter((each) => !basename(each).startsWith(".argocd-source"))) {
    if (file.endsWith(".jsonnet")) {
      const message = `${file}: Jsonnet rendering is not built yet`
      issues.push({ code: "UnsupportedField", path: ["spec", "source", "directory"], message })
      continue
    }
    const text = await readBounded(await confined(root, join(folder, file), file), file, bytesLeft)
    bytesLeft -= text.length
    const read = readDocuments(text, file)
    objects.push(...read.objects)
    issues.push(...read.issues)
  }
  return { objects, issues }
}

/** Plain YAML and JSON files, in the order of their paths. Helm, Kustomize and Jsonnet are refused by name. */
export function plainRenderer(): Renderer {
  return {
    async render(directory, source) {
      try {
        const { objects, issues } = await renderDirectory(directory, source)
        return issues.length > 0 ? failed(issues) : ok(objects)
      } catch (error) {
        if (!(error instanceof RenderIssue)) throw error
        const path = ["spec", "source", "path"]
        return failed([{ code: "InvalidSource", path, message: error.message }])
      }
    },
  }
}
