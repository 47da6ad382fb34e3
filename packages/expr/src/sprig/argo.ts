import { type Value } from "../values/value.js"
import { define, type FunctionTable, refuse, textOf } from "./define.js"
import { formatYaml, parseYaml } from "./yaml.js"

/** A name for a Kubernetes object: what it cannot hold becomes `-`; at most 253 characters. */
function normalize(text: string): string {
  const name = Array.from(text.toLowerCase(), (char) => (/^[a-z0-9.-]$/.test(char) ? char : "-"))
  return name
    .join("")
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, "")
}

const maximumDefault = 50

/** Whole words as long as they fit; a first word that is too long is cut. */
function wholeWords(slug: string, maximum: number): string {
  if (slug.length <= maximum) return slug
  const words = slug.split("-")
  let kept = ""
  for (const word of words) {
    const longer = kept === "" ? word : `${kept}-${word}`
    if (longer.length > maximum) break
    kept = longer
  }
  return kept === "" ? (words[0] ?? "").slice(0, maximum) : kept
}

function slugify(args: readonly Value[]): Value {
  if (args.length === 0) return ""
  if (args.length > 3) return refuse("slugify takes at most three arguments")
  const name = args.at(-1)
  const [maximum = BigInt(maximumDefault), isSmart = true] = args.slice(0, -1)
  if (typeof name !== "string" || typeof maximum !== "bigint" || typeof isSmart !== "boolean") {
    return refuse("slugify takes a maximum (int), smart (bool) and a name (string)")
  }
  const slug = normalize(name)
    .replace(/[.-]+/g, "-")
    .replace(/^-+|-+$/g, "")
  const size = Math.max(Number(maximum), 0)
  return isSmart ? wholeWords(slug, size) : slug.slice(0, size).replace(/-+$/, "")
}

/** What ApplicationSets add to sprig. */
export const argoFunctions: FunctionTable = {
  fromYaml: define("s", ([text]) => parseYaml(textOf(text), "map")),
  fromYamlArray: define("s", ([text]) => parseYaml(textOf(text), "list")),
  normalize: define("s", ([text]) => normalize(textOf(text))),
  slugify: define("a*", slugify),
  toYaml: define("a", ([value = null]) => formatYaml(value)),
}
