import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseManifests } from "@argo-ts/kernel/yaml"

/** The manifests of a file. */
export function valuesIn(path: string): readonly unknown[] {
  const parsed = parseManifests(readFileSync(path, "utf8"), { file: path })
  return parsed.ok ? parsed.value.map(({ value }) => value) : []
}

/** Valid manifests that have every template kind, and every field of every kind. */
export function ownSeeds(): readonly unknown[] {
  const files = ["seeds.yaml", "fields.yaml"]
  return files.flatMap((file) => valuesIn(fileURLToPath(new URL(file, import.meta.url))))
}
