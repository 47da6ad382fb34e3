import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { compareText } from "@argo-ts/kernel"
import { CliError } from "../../io.js"
import { packageRoot } from "../../package-root.js"

/** Where the files of the delivery are: beside this package when it is installed, in the repository otherwise. */
export function deliveryDirectory(): string {
  const root = packageRoot()
  const found = [join(root, "delivery"), join(root, "../../examples/delivery")].find((directory) =>
    existsSync(join(directory, "promotion.yaml")),
  )
  if (found === undefined) {
    throw new CliError(
      "FileNotFound",
      "demo: expected the files of examples/delivery beside this package, found none",
    )
  }
  return found
}

/** Every file under a directory: path with `/` → text. */
export function readTree(directory: string): { readonly [path: string]: string } {
  const files: Record<string, string> = {}
  const open = [""]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of readdirSync(join(directory, next), { withFileTypes: true })) {
      const path = next === "" ? entry.name : `${next}/${entry.name}`
      if (entry.isDirectory()) open.push(path)
      else files[path] = readFileSync(join(directory, path), "utf8")
    }
  }
  return Object.fromEntries(
    Object.entries(files).toSorted(([left], [right]) => compareText(left, right)),
  )
}
